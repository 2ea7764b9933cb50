import { type ConversationId, type InviteId, idFromBytes } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** spec/server.md §Joining by link: an invite was revoked or used up. */
export const dropInvitePreview: ConnectionHandler<'dropInvitePreview'> = async (
  { store },
  { accountId, deviceId },
  request,
) => {
  const conversationId = idFromBytes<ConversationId>(request.conversationId);
  const inviteId = idFromBytes<InviteId>(request.inviteId);
  if (conversationId === null || inviteId === null) return refused('malformed');
  const outcome = await store.joins.dropPreview({ accountId, deviceId }, conversationId, inviteId);
  return outcome.kind === 'refused' ? outcome : done({});
};
