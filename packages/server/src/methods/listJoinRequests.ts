import { type ConversationId, idFromBytes, idToBytes } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** spec/server.md §Joining by link: to a member device. */
export const listJoinRequests: ConnectionHandler<'listJoinRequests'> = async (
  { store, clock },
  { accountId, deviceId },
  request,
) => {
  const conversationId = idFromBytes<ConversationId>(request.conversationId);
  if (conversationId === null) return refused('malformed');
  const outcome = await store.joins.listRequests({ accountId, deviceId }, conversationId, clock.nowMs());
  if (outcome.kind === 'refused') return outcome;
  return done({
    requests: outcome.value.map(({ sealed, ...row }) => ({
      accountId: idToBytes(row.accountId),
      inviteId: idToBytes(row.inviteId),
      sealed,
      requestedAtMs: BigInt(row.requestedAtMs),
    })),
  });
};
