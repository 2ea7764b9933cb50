import { type AccountId, type ConversationId, idFromBytes, idToBytes } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { tellOfRequests } from './tellOfRequests.ts';

/**
 * spec/server.md §Joining by link: a request is over. Being added tells itself; being refused is told to who asked, and to
 * the other members' devices, which would go on asking their users.
 */
export const answerJoinRequest: ConnectionHandler<'answerJoinRequest'> = async (
  server,
  { accountId, deviceId },
  request,
) => {
  const conversationId = idFromBytes<ConversationId>(request.conversationId);
  const requester = idFromBytes<AccountId>(request.accountId);
  if (conversationId === null || requester === null) return refused('malformed');
  const outcome = await server.store.joins.dropRequest({ accountId, deviceId }, conversationId, requester);
  if (outcome.kind === 'refused') return outcome;
  if (outcome.value && !request.accepted) {
    const value = { conversationId: idToBytes(conversationId) };
    tellOfRequests(server, conversationId, deviceId);
    for (const device of server.online.ofAccount(requester)) {
      if (device.deviceId !== deviceId) device.connection.push({ kind: { case: 'joinRefused', value } });
    }
  }
  return done({});
};
