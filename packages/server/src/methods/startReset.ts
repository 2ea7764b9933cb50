import { type AccountId, idFromBytes, limits } from '@sotto/protocol';
import { answerRegistration } from '../account/opaque.ts';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

/** OPAQUE registration of an account to come; who may have it take another's place is decided by FinishReset. */
export const startReset: SignInHandler<'startReset'> = async (server, origin, request) => {
  const { store, clock, buckets, secrets } = server;
  const accountId = idFromBytes<AccountId>(request.accountId);
  const replacedId = idFromBytes<AccountId>(request.replacedAccountId);
  if (accountId === null || replacedId === null) return refused('malformed');
  const tooLarge = refuseTooLarge([request.registrationRequest, limits.opaqueMessageSizeBytes]);
  if (tooLarge !== null) return tooLarge;
  const retryAfterMs = buckets.loginsPerAddress.take(origin.addressKey, 1, clock.nowMs());
  if (retryAfterMs > 0) return refused('rate_limited', { retryAfterMs });
  const replaced = await store.findAccount({ accountId: replacedId });
  if (replaced === null) return refused('unknown_account');
  if (replaced.successor !== null) return refused('account_closed');
  // Of an account that exists, the answer would be one to a guess at its password.
  if ((await store.findAccount({ accountId })) !== null) return refused('account_exists');
  const answer = await answerRegistration(secrets.opaqueSetup, accountId, request.registrationRequest);
  return answer === null ? refused('malformed') : done({ registrationResponse: answer });
};
