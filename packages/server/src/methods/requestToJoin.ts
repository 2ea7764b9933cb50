import { type ConversationId, type InviteId, idFromBytes, limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';
import { takeStorage } from './takeStorage.ts';
import { tellOfRequests } from './tellOfRequests.ts';

/** spec/server.md §Joining by link: kept for the members, of whom those that are connected are told. */
export const requestToJoin: ConnectionHandler<'requestToJoin'> = async (server, caller, request) => {
  const conversationId = idFromBytes<ConversationId>(request.conversationId);
  const inviteId = idFromBytes<InviteId>(request.inviteId);
  const { sealed } = request;
  if (conversationId === null || inviteId === null || sealed.length === 0) return refused('malformed');
  const refusal =
    refuseTooLarge([sealed, limits.joinRequestSizeBytes]) ?? takeStorage(server, caller, sealed.length);
  if (refusal !== null) return refusal;
  const { accountId } = caller;
  const nowMs = server.clock.nowMs();
  const outcome = await server.store.joins.request({ accountId, conversationId, inviteId, sealed, nowMs });
  if (outcome.kind === 'refused') return outcome;
  const isMember = outcome.value;
  if (!isMember) tellOfRequests(server, conversationId, null);
  return done({ member: isMember });
};
