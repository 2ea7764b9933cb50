import { idToBytes } from '@sotto/protocol';
import { done } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** Every conversation of the account, whether or not the asking device has joined it. */
export const listConversations: ConnectionHandler<'listConversations'> = async ({ store }, caller) => {
  const conversations = await store.listConversations(caller.accountId, caller.deviceId);
  const replaced = await store.listReplacedContacts(caller.accountId);
  return done({
    conversations: conversations.map(({ conversationId, epoch, headSeq, deviceIsMember, accountIds }) => ({
      conversationId: idToBytes(conversationId),
      epoch: BigInt(epoch),
      headSeq: BigInt(headSeq),
      deviceIsMember,
      accountIds: accountIds.map(idToBytes),
    })),
    replaced: replaced.map(({ accountId, successorId }) => ({
      accountId: idToBytes(accountId),
      successorId: idToBytes(successorId),
    })),
  });
};
