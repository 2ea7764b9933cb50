import { type AccountId, type ConversationId, idFromBytes, idSizeBytes, idToBytes } from '@sotto/protocol';
import { decodeCommit, storedSizeBytes } from '../log/decodeCommit.ts';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { takeStorage } from './takeStorage.ts';
import { tellThoseLeftOut } from './tellThoseLeftOut.ts';

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
  if (conversationId === null || directAccountIds.length > 2) return refused('malformed');
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
    const coming = commit.value.accountsAdded.map(({ accountId }) => accountId);
    const accounts = [...directAccountIds, caller.accountId, ...coming];
    tellThoseLeftOut(server, outcome.value.conversationId, accounts, present);
  }
  return done({
    conversationId: idToBytes(outcome.value.conversationId),
    existed,
    seq: BigInt(seq),
    acceptedAtMs: BigInt(acceptedAtMs),
  });
};
