import { type ConversationId, idFromBytes } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** What a device of a member account needs to join by external commit. */
export const getGroupInfo: ConnectionHandler<'getGroupInfo'> = async ({ store }, caller, request) => {
  const conversationId = idFromBytes<ConversationId>(request.conversationId);
  if (conversationId === null) return refused('malformed');
  const outcome = await store.readGroupInfo(conversationId, caller.accountId);
  if (outcome.kind === 'refused') return outcome;
  const { groupInfo, ratchetTree, epoch, headSeq } = outcome.value;
  return done({ groupInfo, ratchetTree, epoch: BigInt(epoch), headSeq: BigInt(headSeq) });
};
