import { idSizeBytes, idToBytes, normalizeUsername } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';

const nonceSizeBytes = 32;

/** A challenge for who has the recovery code. Limited as guesses of passwords are, though it cannot be guessed. */
export const startRecovery: SignInHandler<'startRecovery'> = async (server, origin, request) => {
  const { clock, buckets, store, recoveries, random } = server;
  const username = normalizeUsername(request.username);
  if (username === null) return refused('username_malformed');
  const nowMs = clock.nowMs();
  const byAddressMs = buckets.loginsPerAddress.take(origin.addressKey, 1, nowMs);
  if (byAddressMs > 0) return refused('rate_limited', { retryAfterMs: byAddressMs });
  const account = await store.findAccount({ username });
  if (account === null) return refused('unknown_account');
  const { accountId } = account;
  const byAccountMs = buckets.loginsPerAccount.take(accountId, 1, nowMs);
  if (byAccountMs > 0) return refused('rate_limited', { retryAfterMs: byAccountMs });
  const recoveryId = random.bytes(idSizeBytes);
  const nonce = random.bytes(nonceSizeBytes);
  recoveries.add(recoveryId, accountId, nonce, nowMs);
  return done({ recoveryId, accountId: idToBytes(accountId), nonce });
};
