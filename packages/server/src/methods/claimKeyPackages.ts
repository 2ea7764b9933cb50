import { type AccountId, idFromBytes, idToBytes, limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { Server } from '../server.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooMany } from './sizes.ts';

/** One package of every device of each account but the asking one; devices that run low are told. */
export const claimKeyPackages: ConnectionHandler<'claimKeyPackages'> = async (server, caller, request) => {
  const tooMany = refuseTooMany(request.accountIds, limits.accountsPerClaim);
  if (tooMany !== null) return tooMany;
  const accountIds: AccountId[] = [];
  for (const bytes of request.accountIds) {
    const accountId = idFromBytes<AccountId>(bytes);
    if (accountId === null) return refused('malformed');
    accountIds.push(accountId);
  }
  const pairs = [...new Set(accountIds)]
    .filter((accountId) => accountId !== caller.accountId)
    .map((accountId) => `${caller.accountId}/${accountId}`);
  const retryAfterMs = takeClaims(server, pairs);
  if (retryAfterMs > 0) return refused('rate_limited', { retryAfterMs });
  const claimant = caller.deviceId;
  const outcome = await server.store.claimKeyPackages({
    accountIds,
    isPartial: request.partial,
    claimant,
    nowMs: server.clock.nowMs(),
  });
  if (outcome.kind === 'refused') {
    for (const pair of pairs) server.buckets.claimsPerPair.giveBack(pair, 1);
    return outcome;
  }
  for (const { deviceId, remaining } of outcome.value.low) {
    const push = { kind: { case: 'keyPackagesLow', value: { remaining } } } as const;
    server.online.find(deviceId)?.connection.push(push);
  }
  return done({
    keyPackages: outcome.value.claimed.map(({ accountId, deviceId, keyPackage }) => ({
      accountId: idToBytes(accountId),
      deviceId: idToBytes(deviceId),
      keyPackage,
    })),
  });
};

/** Takes one claim of each pair, or none: 0, or after how many milliseconds to try again. */
function takeClaims({ buckets, clock }: Server, pairs: readonly string[]): number {
  const nowMs = clock.nowMs();
  for (const [index, pair] of pairs.entries()) {
    const retryAfterMs = buckets.claimsPerPair.take(pair, 1, nowMs);
    if (retryAfterMs === 0) continue;
    for (const taken of pairs.slice(0, index)) buckets.claimsPerPair.giveBack(taken, 1);
    return retryAfterMs;
  }
  return 0;
}
