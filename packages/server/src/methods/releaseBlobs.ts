import { type ConversationId, idFromBytes, limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooMany } from './sizes.ts';

/** spec/server.md §Blobs: messages were deleted, or have disappeared. What nothing else holds goes at once. */
export const releaseBlobs: ConnectionHandler<'releaseBlobs'> = async (server, caller, request) => {
  const tooMany = refuseTooMany(request.seqs, limits.blobsPerRequest);
  if (tooMany !== null) return tooMany;
  const conversationId = idFromBytes<ConversationId>(request.conversationId);
  const isSound = request.seqs.every((seq) => seq <= BigInt(Number.MAX_SAFE_INTEGER));
  if (conversationId === null || !isSound) return refused('malformed');
  const { accountId, deviceId } = caller;
  const seqs = request.seqs.map(Number);
  const nowMs = server.clock.nowMs();
  const release = { conversationId, seqs, forAccount: request.forAccount };
  const outcome = await server.store.blobs.release({ accountId, deviceId }, release, nowMs);
  if (outcome.kind === 'refused') return outcome;
  server.background(server.transfers.collect());
  return done({});
};
