import { type ConversationId, idFromBytes, limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import { blobIdsFrom } from './blobIds.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooMany } from './sizes.ts';

const nothing = { ticket: new Uint8Array(), sizeBytes: 0n };

/** spec/server.md §Blobs: tickets to download what is published, what the account uploaded or may read there. */
export const openBlobs: ConnectionHandler<'openBlobs'> = async (server, { accountId }, request) => {
  const tooMany = refuseTooMany(request.blobIds, limits.blobsPerRequest);
  if (tooMany !== null) return tooMany;
  const blobIds = blobIdsFrom(request.blobIds);
  const isOwn = request.conversationId.length === 0;
  const conversationId = isOwn ? null : idFromBytes<ConversationId>(request.conversationId);
  if (blobIds === null || (conversationId === null && !isOwn)) return refused('malformed');
  const found = await server.store.blobs.openBlobs(accountId, conversationId, blobIds);
  if (found.kind === 'refused') return found;
  const expiresAtMs = server.clock.nowMs() + limits.downloadTicketLifetimeMs;
  const blobs = blobIds.map((blobId) => {
    const blob = found.value.get(blobId);
    if (blob === undefined) return nothing;
    const ticket = server.transfers.issueDownload(blobId, expiresAtMs);
    return { ticket, sizeBytes: BigInt(blob.sizeBytes) };
  });
  return done({ blobs, expiresAtMs: BigInt(expiresAtMs) });
};
