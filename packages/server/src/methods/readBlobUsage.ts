import { limits } from '@sotto/protocol';
import { done } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** What counts against the account's quota, and how much may. */
export const readBlobUsage: ConnectionHandler<'readBlobUsage'> = async ({ store, transfers }, caller) => {
  const usedBytes = await store.blobs.usage(caller.accountId);
  return done({
    usedBytes: BigInt(usedBytes),
    quotaBytes: BigInt(transfers.quotaBytes),
    largestBytes: BigInt(limits.blobSizeBytes),
  });
};
