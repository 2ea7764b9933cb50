import { type InviteId, idFromBytes, idToBytes } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** spec/server.md §Joining by link: for whoever has the link, member or not. */
export const readInvitePreview: ConnectionHandler<'readInvitePreview'> = async (server, caller, request) => {
  const inviteId = idFromBytes<InviteId>(request.inviteId);
  if (inviteId === null) return refused('malformed');
  const preview = await server.store.joins.readPreview(inviteId, caller.accountId, server.clock.nowMs());
  if (preview === null) return refused('invite_invalid');
  const { conversationId, sealed, isMember } = preview;
  return done({ conversationId: idToBytes(conversationId), sealed, member: isMember });
};
