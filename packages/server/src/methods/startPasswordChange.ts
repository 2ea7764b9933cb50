import { type AccountId, idFromBytes, limits } from '@sotto/protocol';
import { answerRegistration } from '../account/opaque.ts';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

/**
 * OPAQUE registration for an account that exists. What it answers is what StartLogin would compute of a guess, so
 * it counts as one; who may use the outcome is decided by ChangeAccount.
 */
export const startPasswordChange: SignInHandler<'startPasswordChange'> = async (server, origin, request) => {
  const { clock, buckets, store, secrets } = server;
  const accountId = idFromBytes<AccountId>(request.accountId);
  if (accountId === null) return refused('malformed');
  const tooLarge = refuseTooLarge([request.registrationRequest, limits.opaqueMessageSizeBytes]);
  if (tooLarge !== null) return tooLarge;
  const nowMs = clock.nowMs();
  const byAddressMs = buckets.loginsPerAddress.take(origin.addressKey, 1, nowMs);
  if (byAddressMs > 0) return refused('rate_limited', { retryAfterMs: byAddressMs });
  const account = await store.findAccount({ accountId });
  if (account === null) return refused('unknown_account');
  if (account.successor !== null) return refused('account_closed');
  const byAccountMs = buckets.loginsPerAccount.take(accountId, 1, nowMs);
  if (byAccountMs > 0) return refused('rate_limited', { retryAfterMs: byAccountMs });
  const answer = await answerRegistration(secrets.opaqueSetup, accountId, request.registrationRequest);
  return answer === null ? refused('malformed') : done({ registrationResponse: answer });
};
