import { idSizeBytes, idToBytes, limits, normalizeUsername } from '@sotto/protocol';
import { startOpaqueLogin } from '../account/opaque.ts';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

/** OPAQUE login, first step. Each counts as a guess, whether or not it is finished. */
export const startLogin: SignInHandler<'startLogin'> = async (server, origin, request) => {
  const { clock, buckets, store, secrets, logins, random } = server;
  const username = normalizeUsername(request.username);
  if (username === null) return refused('username_malformed');
  const tooLarge = refuseTooLarge([request.loginRequest, limits.opaqueMessageSizeBytes]);
  if (tooLarge !== null) return tooLarge;
  const nowMs = clock.nowMs();
  const byAddressMs = buckets.loginsPerAddress.take(origin.addressKey, 1, nowMs);
  if (byAddressMs > 0) return refused('rate_limited', { retryAfterMs: byAddressMs });
  const account = await store.findAccount({ username });
  if (account === null) return refused('unknown_account');
  const pair = `${account.accountId}/${origin.addressKey}`;
  const byPairMs = buckets.loginsPerAccountAndAddress.take(pair, 1, nowMs);
  if (byPairMs > 0) return refused('rate_limited', { retryAfterMs: byPairMs });
  const byAccountMs = buckets.loginsPerAccount.take(account.accountId, 1, nowMs);
  if (byAccountMs > 0) return refused('rate_limited', { retryAfterMs: byAccountMs });
  const { accountId, registrationRecord } = account;
  const login = await startOpaqueLogin(
    secrets.opaqueSetup,
    accountId,
    registrationRecord,
    request.loginRequest,
  );
  if (login === null) return refused('malformed');
  const loginId = random.bytes(idSizeBytes);
  logins.add(loginId, accountId, login.state, nowMs);
  return done({ loginId, loginResponse: login.response, accountId: idToBytes(accountId) });
};
