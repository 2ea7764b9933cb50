import { idToBytes } from '@sotto/protocol';
import { hashInviteToken } from '../account/invite.ts';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';

export const resolveInvite: SignInHandler<'resolveInvite'> = async ({ store, clock }, _origin, request) => {
  const invite = await store.findInvite(hashInviteToken(request.inviteToken), clock.nowMs());
  if (invite === null) return refused('invite_invalid');
  const { accountId, username, registers } = invite;
  return done({
    accountId: accountId === null ? new Uint8Array() : idToBytes(accountId),
    username: username ?? '',
    registers,
  });
};
