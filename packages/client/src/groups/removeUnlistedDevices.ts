import { removeDevices } from '@sotto/crypto';
import { type ConversationRow, setCheckedSeq } from '../conversations/conversationTable.ts';
import { tryLater, type WorkResult } from '../conversations/workResult.ts';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import { makeCommit } from './makeCommit.ts';

/**
 * Takes devices out of the group that their account's chain no longer lists. Every member that learns of it does
 * so; the server takes the first, and the others find nothing left to do. `onlyLoaded`: of the members whose chains were
 * asked for, or have changed, while this device runs.
 */
export async function removeUnlistedDevices(
  device: DeviceContext,
  row: ConversationRow,
  onlyLoaded = false,
): Promise<WorkResult> {
  const ownSeq = (await device.directory.chain(device.self.accountId))?.seq ?? 0;
  let isClean = false;
  const made = await makeCommit(device, row.key, 'remove', {
    make: async (step, lookups) => {
      const group = step.read((sql) => device.groups.get(sql, row.key));
      if (group === null) return null;
      const unlisted = [];
      for (const member of group.roster) {
        const chain = onlyLoaded
          ? device.directory.loaded(member.accountId)
          : await device.directory.chain(member.accountId);
        if (chain !== null && !chain.devices.has(member.deviceId)) unlisted.push(member.deviceId);
      }
      isClean = unlisted.length === 0;
      if (isClean) return null;
      return removeDevices(cryptoContext(device), group, device.self, unlisted, lookups);
    },
  });
  if (made === 'offline') return tryLater;
  if (isClean) await device.steps.run((step) => step.commit((sql) => setCheckedSeq(sql, row.key, ownSeq)));
  return { kind: made === 'made' ? 'again' : 'idle' };
}
