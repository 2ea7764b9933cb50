import { type AccountId, idFromBytes, idToBytes, limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
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
  const claimant = caller.deviceId;
  const outcome = await server.store.claimKeyPackages({ accountIds, claimant, nowMs: server.clock.nowMs() });
  if (outcome.kind === 'refused') return outcome;
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
