import type { ClaimedKeyPackage } from '@sotto/crypto';
import {
  type AccountId,
  actionOf,
  type DeviceId,
  idFromBytes,
  idToBytes,
  limits,
  Connection as Methods,
  type WireError,
} from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';

export type ClaimedDevices =
  | {
      readonly kind: 'claimed';
      readonly members: ClaimedKeyPackage[];
      /** Accounts that there are none of any more, or never were. */
      readonly gone: readonly AccountId[];
    }
  | { readonly kind: 'lost' }
  | { readonly kind: 'error'; readonly error: WireError };

const goneCodes: ReadonlySet<WireError['code']> = new Set(['unknown_account', 'account_closed']);

/**
 * One KeyPackage of every device of these accounts but this one, as the server gives them. `isPartial`: accounts may have
 * none.
 */
export async function claimDevices(
  device: DeviceContext,
  accountIds: readonly AccountId[],
  isPartial: boolean,
): Promise<ClaimedDevices> {
  const members: ClaimedKeyPackage[] = [];
  const gone: AccountId[] = [];
  const chunks = Array.from({ length: Math.ceil(accountIds.length / limits.accountsPerClaim) }, (_, at) =>
    accountIds.slice(at * limits.accountsPerClaim, (at + 1) * limits.accountsPerClaim),
  );
  for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
    const claim = await device.connection.call(Methods.method.claimKeyPackages, {
      accountIds: chunk.map(idToBytes),
      partial: isPartial,
    });
    if (claim.kind === 'lost') return { kind: 'lost' };
    if (claim.kind === 'error') {
      const isTooMuch = claim.error.code === 'too_many' && chunk.length > 1;
      const isPassed = isTooMuch || goneCodes.has(claim.error.code);
      if (actionOf(claim.error) === 'retry' || !isPassed) return claim;
      const [only] = chunk;
      if (chunk.length === 1 && only !== undefined) gone.push(only);
      // Which of them it is shows where they are asked for in halves; and halves fit where all of them do not.
      else chunks.push(chunk.slice(0, chunk.length / 2), chunk.slice(chunk.length / 2));
      continue;
    }
    for (const { accountId: account, deviceId: id, keyPackage } of claim.value.keyPackages) {
      const accountId = idFromBytes<AccountId>(account);
      const deviceId = idFromBytes<DeviceId>(id);
      if (accountId === null || deviceId === null || deviceId === device.self.deviceId) continue;
      if (members.length < limits.devicesPerConversation) members.push({ accountId, deviceId, keyPackage });
    }
  }
  return { kind: 'claimed', members, gone };
}
