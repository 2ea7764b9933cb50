import { type AccountId, type ConversationId, idFromBytes, idSizeBytes, idToBytes } from '@sotto/protocol';
import { decodeCommit, storedSizeBytes } from '../log/decodeCommit.ts';
import { done, refused } from '../outcome.ts';
import type { Server } from '../server.ts';
import type { MemberDeviceId } from '../store/store.ts';
import type { ConnectionHandler } from './handler.ts';
import { takeStorage } from './takeStorage.ts';

/** spec/server.md §Conversations: the log, its members, group info, first entry and Welcomes in one step. */
export const createConversation: ConnectionHandler<'createConversation'> = async (
  server,
  caller,
  request,
) => {
  const conversationId = idFromBytes<ConversationId>(request.conversationId);
  const directAccountIds: AccountId[] = [];
  for (const bytes of request.directAccountIds) {
    const accountId = idFromBytes<AccountId>(bytes);
    if (accountId === null) return refused('malformed');
    directAccountIds.push(accountId);
  }
  // Without a pair anybody could be added by anybody: there are only direct conversations yet.
  const isDirect = directAccountIds.length === 1 || directAccountIds.length === 2;
  if (conversationId === null || !isDirect) return refused('malformed');
  if (request.transactionId.length !== idSizeBytes || request.commit === undefined)
    return refused('malformed');
  const commit = decodeCommit(request.commit);
  if (commit.kind === 'refused') return commit;
  const tooMuch = takeStorage(server, caller, storedSizeBytes(commit.value));
  if (tooMuch !== null) return tooMuch;
  const outcome = await server.store.createConversation({
    conversationId,
    sender: { accountId: caller.accountId, deviceId: caller.deviceId },
    transactionId: request.transactionId,
    nowMs: server.clock.nowMs(),
    directAccountIds,
    commit: commit.value,
  });
  if (outcome.kind === 'refused') return outcome;
  const { seq, acceptedAtMs, existed } = outcome.value;
  if (!existed) {
    const present = [...commit.value.added, { accountId: caller.accountId, deviceId: caller.deviceId }];
    tellThoseLeftOut(server, outcome.value.conversationId, directAccountIds, present);
  }
  return done({
    conversationId: idToBytes(outcome.value.conversationId),
    existed,
    seq: BigInt(seq),
    acceptedAtMs: BigInt(acceptedAtMs),
  });
};

/**
 * Devices of the members that the creator did not add: ones that came to be, or published their first KeyPackages,
 * while it was at work. Those that are offline learn of the conversation when they list theirs.
 */
function tellThoseLeftOut(
  { online }: Server,
  conversationId: ConversationId,
  accountIds: readonly AccountId[],
  present: readonly MemberDeviceId[],
): void {
  const value = { conversationId: idToBytes(conversationId) };
  const members = new Set(present.map((member) => member.deviceId));
  for (const accountId of new Set(accountIds)) {
    for (const { deviceId, connection } of online.ofAccount(accountId)) {
      if (!members.has(deviceId)) connection.push({ kind: { case: 'conversationCreated', value } });
    }
  }
}
