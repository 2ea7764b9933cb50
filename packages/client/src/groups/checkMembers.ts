/**
 * Looks for devices in the group that their accounts' chains no longer list, and takes them out (spec/sync.md, "Removed
 * devices"). In large groups each device looks after some of the members, chosen by chance on each connection, and after
 * those whose chains change while it is there; and who takes out does so by turns, so that not all do it at once.
 */
import type { AccountId } from '@sotto/protocol';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { memberIds } from '../conversations/members.ts';
import type { WorkNotes, WorkResult } from '../conversations/workResult.ts';
import { startDeadline, timeLeftMs } from '../device/deadline.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { readGroupRules } from './groupInfoTable.ts';
import { removeUnlistedDevices } from './removeUnlistedDevices.ts';
import { turnDelayMs } from './turnDelay.ts';

/** Of groups up to this size every member's chain is asked for, on each connection. */
const allMembers = 32;
/** Up to this size everybody takes out at once. */
const fewMembers = 8;

/** Null where there is nothing to do, now at least. `isPressing`: something is about to be sealed for the group. */
export async function checkMembers(
  device: DeviceContext,
  row: ConversationRow,
  notes: WorkNotes,
  isPressing: boolean,
): Promise<WorkResult | null> {
  const { accountId } = device.self;
  const { members, rules } = device.database.read((sql) => ({
    members: memberIds(sql, accountId, row),
    rules: readGroupRules(sql, row.key),
  }));
  if (notes.checkDevices === 'now' && rules !== null && members.length > fewMembers && !isPressing) {
    notes.removeAfter ??= startDeadline(device.clock, await delayOf(device, row, turnDelayMs(device, rules)));
    const leftMs = timeLeftMs(device.clock, notes.removeAfter);
    if (leftMs > 0) return { kind: 'later', delayMs: leftMs };
  }
  notes.removeAfter = null;
  const isFirst = notes.checkDevices === 'onUse';
  notes.checkDevices = 'done';
  if (isFirst || members.length <= allMembers) await device.directory.fetchAllOnce(sample(device, members));
  const result = await removeUnlistedDevices(device, row, members.length > allMembers);
  if (result.kind === 'later') notes.checkDevices = 'now';
  return result.kind === 'idle' ? null : result;
}

/** A device of the own account is taken out at once: who removed it waits for that. */
async function delayOf(device: DeviceContext, row: ConversationRow, delayMs: number): Promise<number> {
  const chain = await device.directory.chain(device.self.accountId);
  const isOwn = device.database.read((sql) =>
    device.groups.look(sql, row.key, (group) =>
      (group?.roster ?? []).some(
        ({ accountId, deviceId }) =>
          accountId === device.self.accountId && chain?.devices.has(deviceId) === false,
      ),
    ),
  );
  return isOwn ? 0 : delayMs;
}

/** All of a small group; of a large one as many by chance, and oneself. */
function sample(device: DeviceContext, members: readonly AccountId[]): readonly AccountId[] {
  if (members.length <= allMembers) return members;
  const start = device.provider.randomBytes(2).reduce((sum, byte) => sum * 256 + byte, 0) % members.length;
  const chosen = [...members.slice(start), ...members.slice(0, start)].slice(0, allMembers);
  return [...new Set([device.self.accountId, ...chosen])];
}
