import { type ConversationId, type InviteId, idFromBytes, limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';
import { takeStorage } from './takeStorage.ts';

/** spec/server.md §Joining by link: what the link of an invite shows, sealed. */
export const putInvitePreview: ConnectionHandler<'putInvitePreview'> = async (server, caller, request) => {
  const conversationId = idFromBytes<ConversationId>(request.conversationId);
  const inviteId = idFromBytes<InviteId>(request.inviteId);
  const { sealed, expiresAtMs } = request;
  const isSound = sealed.length > 0 && expiresAtMs <= BigInt(Number.MAX_SAFE_INTEGER);
  if (conversationId === null || inviteId === null || !isSound) return refused('malformed');
  const refusal =
    refuseTooLarge([sealed, limits.invitePreviewSizeBytes]) ?? takeStorage(server, caller, sealed.length);
  if (refusal !== null) return refusal;
  const outcome = await server.store.joins.putPreview({
    by: { accountId: caller.accountId, deviceId: caller.deviceId },
    conversationId,
    inviteId,
    sealed,
    expiresAtMs: Number(expiresAtMs),
    nowMs: server.clock.nowMs(),
  });
  return outcome.kind === 'refused' ? outcome : done({});
};
