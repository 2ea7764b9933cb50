import { limits } from '@sotto/protocol';
import { hashInviteToken, inviteTokenSizeBytes } from '../account/invite.ts';
import { done } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

const openInvitesPerAccount = 100;

/** A link by which others find the account, and create one of their own where registration needs an invite. */
export const createInvite: ConnectionHandler<'createInvite'> = async ({ store, random, clock }, caller) => {
  const inviteToken = random.bytes(inviteTokenSizeBytes);
  const nowMs = clock.nowMs();
  const expiresAtMs = nowMs + limits.inviteLifetimeMs;
  const outcome = await store.createInvite({
    tokenHash: hashInviteToken(inviteToken),
    accountId: caller.accountId,
    expiresAtMs,
    nowMs,
    maxOpen: openInvitesPerAccount,
  });
  if (outcome.kind === 'refused') return outcome;
  return done({ inviteToken, expiresAtMs: BigInt(expiresAtMs) });
};
