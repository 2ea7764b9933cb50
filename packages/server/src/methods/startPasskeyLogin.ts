import { type AccountId, idFromBytes, idSizeBytes, type PasskeyId } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';

const nonceSizeBytes = 32;

/**
 * A challenge for who has a passkey. It cannot be guessed, so tries are limited by address and not by account: nobody
 * can keep another from signing in with one.
 */
export const startPasskeyLogin: SignInHandler<'startPasskeyLogin'> = async (server, origin, request) => {
  const { clock, buckets, store, passkeyLogins, random } = server;
  const accountId = idFromBytes<AccountId>(request.accountId);
  const passkeyId = idFromBytes<PasskeyId>(request.passkeyId);
  if (accountId === null || passkeyId === null) return refused('malformed');
  const nowMs = clock.nowMs();
  const byAddressMs = buckets.loginsPerAddress.take(origin.addressKey, 1, nowMs);
  if (byAddressMs > 0) return refused('rate_limited', { retryAfterMs: byAddressMs });
  if ((await store.findPasskey(accountId, passkeyId)) === null) return refused('wrong_passkey');
  const loginId = random.bytes(idSizeBytes);
  const nonce = random.bytes(nonceSizeBytes);
  passkeyLogins.add(loginId, accountId, { passkeyId, nonce }, nowMs);
  return done({ loginId, nonce });
};
