import type { OnlineDevice } from '../connection/onlineDevices.ts';
import { refused } from '../outcome.ts';
import type { Server } from '../server.ts';

/**
 * Counts what is about to be stored for the account (spec/server.md §Rate limits): the refusal where that is too much
 * in this time, or null. What alone is more than may be stored at once takes all of it.
 */
export function takeStorage(
  { buckets, clock, rates }: Server,
  { accountId }: OnlineDevice,
  sizeBytes: number,
) {
  const cost = Math.min(sizeBytes, rates.storedBytesPerAccount.burst);
  const retryAfterMs = buckets.storedBytesPerAccount.take(accountId, cost, clock.nowMs());
  return retryAfterMs > 0 ? refused('rate_limited', { retryAfterMs }) : null;
}
