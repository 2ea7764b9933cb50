import { proposeGroupChange } from '@sotto/crypto';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { sooner, tryLater, type WorkNotes, type WorkResult } from '../conversations/workResult.ts';
import { startDeadline, timeLeftMs } from '../device/deadline.ts';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import { applyGroupChange } from './applyGroupChange.ts';
import { nextGroupChange } from './groupChangeTable.ts';
import { type GroupRules, readGroupRules } from './groupInfoTable.ts';
import { workOnRequests } from './joinRequests.ts';
import { makeCommit } from './makeCommit.ts';
import { putPreview } from './putPreview.ts';
import { refreshMembers } from './refreshMembers.ts';
import { shareHistory } from './shareHistory.ts';
import { nextShare } from './shareTable.ts';
import { turnDelayMs } from './turnDelay.ts';

/** What a group of people needs of this device; null for nothing. */
export async function workOnGroup(
  device: DeviceContext,
  row: ConversationRow,
  notes: WorkNotes,
  /** Place in the outbox of what is to be sent next; null for nothing. */
  nextItem: number | null,
): Promise<WorkResult | null> {
  const { rules, wanted } = device.database.read((sql) => ({
    rules: readGroupRules(sql, row.key),
    wanted: nextGroupChange(sql, row.key),
  }));
  if (rules === null) return null;
  const isLeaving = rules.leavingIds.includes(device.self.accountId);
  const takingOut = isLeaving ? null : await takeOutWhoLeft(device, row, rules, notes);
  if (takingOut !== null && takingOut.kind !== 'later') return takingOut;
  const { logId } = row;
  const share = device.database.read((sql) => nextShare(sql, row.key));
  if (share !== null && logId !== null) return shareHistory(device, row, logId, share);
  if (wanted !== null && (nextItem === null || nextItem > wanted.afterOutbox)) {
    return applyGroupChange(device, row, wanted);
  }
  const previewed = await putPreview(device, row, rules);
  if (previewed !== null) return previewed;
  const requests = isLeaving ? null : await workOnRequests(device, row, rules, notes);
  return sooner(takingOut, requests);
}

/** Who said that it leaves cannot take itself out: a while later anybody does. */
async function takeOutWhoLeft(
  device: DeviceContext,
  row: ConversationRow,
  rules: GroupRules,
  notes: WorkNotes,
): Promise<WorkResult | null> {
  const gone = rules.leavingIds.filter((id) => id !== rules.ownerId);
  if (gone.length === 0) {
    notes.takeOutAfter = null;
    return null;
  }
  notes.takeOutAfter ??= startDeadline(device.clock, turnDelayMs(device, rules));
  const leftMs = timeLeftMs(device.clock, notes.takeOutAfter);
  if (leftMs > 0) return { kind: 'later', delayMs: leftMs };
  notes.takeOutAfter = null;
  if (!(await refreshMembers(device, row))) return tryLater;
  const made = await makeCommit(device, row.key, 'group', {
    make: async (step, lookups) => {
      const group = step.read((sql) => device.groups.get(sql, row.key));
      if (group?.policy.kind !== 'group') return null;
      const { leavingIds, ownerId } = group.policy;
      const accountIds = leavingIds.filter((id) => id !== ownerId);
      if (accountIds.length === 0) return null;
      return proposeGroupChange(
        cryptoContext(device),
        group,
        device.self,
        { kind: 'remove', accountIds },
        lookups,
      );
    },
  });
  if (made === 'offline') return tryLater;
  return typeof made === 'string' ? { kind: 'again' } : null;
}
