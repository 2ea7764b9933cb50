import { limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** spec/server.md §Blobs: a ticket for one upload, whose size counts against the quota from now on. */
export const beginUpload: ConnectionHandler<'beginUpload'> = async ({ transfers }, caller, request) => {
  if (request.sizeBytes === 0n) return refused('malformed');
  if (request.sizeBytes > BigInt(limits.blobSizeBytes)) {
    return refused('too_large', { limit: limits.blobSizeBytes });
  }
  const outcome = await transfers.begin(caller.accountId, Number(request.sizeBytes));
  if (outcome.kind === 'refused') return outcome;
  const { ticket, expiresAtMs } = outcome.value;
  return done({ ticket, expiresAtMs: BigInt(expiresAtMs) });
};
