import { idToBytes } from '@sotto/protocol';
import { hashInviteToken } from '../account/invite.ts';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';

/** Whose account the operator's permission is for. */
export const resolveReset: SignInHandler<'resolveReset'> = async (server, origin, { resetToken }) => {
  const { store, clock, buckets } = server;
  const nowMs = clock.nowMs();
  const retryAfterMs = buckets.loginsPerAddress.take(origin.addressKey, 1, nowMs);
  if (retryAfterMs > 0) return refused('rate_limited', { retryAfterMs });
  const found = await store.findReset(hashInviteToken(resetToken), nowMs);
  if (found === null) return refused('reset_refused');
  return done({ accountId: idToBytes(found.accountId), username: found.username });
};
