import { idToBytes } from '@sotto/protocol';
import { done } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** Every conversation of the account, whether or not the asking device has joined it. */
export const listConversations: ConnectionHandler<'listConversations'> = async ({ store }, caller) => {
  const conversations = await store.listConversations(caller.accountId, caller.deviceId);
  const replaced = await store.listReplacedContacts(caller.accountId);
  return done({
    conversations: conversations.map(({ deviceIsMember, isGroup, ...record }) => ({
      conversationId: idToBytes(record.conversationId),
      epoch: BigInt(record.epoch),
      headSeq: BigInt(record.headSeq),
      deviceIsMember,
      accountIds: record.accountIds.map(idToBytes),
      group: isGroup,
      firstSeq: BigInt(record.firstSeq),
    })),
    replaced: replaced.map(({ accountId, successorId }) => ({
      accountId: idToBytes(accountId),
      successorId: idToBytes(successorId),
    })),
  });
};
