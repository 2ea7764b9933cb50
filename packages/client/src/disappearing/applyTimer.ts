import { changePolicy } from '@sotto/crypto';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { tryLater, type WorkResult } from '../conversations/workResult.ts';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { makeCommit } from '../groups/makeCommit.ts';
import { refreshMembers } from '../groups/refreshMembers.ts';
import { deleteTimerWish, readTimerWish, storeTimerWish } from './timerWishTable.ts';

const refusedDelayMs = 60_000;

/**
 * Puts the timer that the account asked for into the conversation's policy, by a commit of its own (spec/groups.md, "Changing
 * the policy"). One that loses the race is made anew on what the policy is then, unless that is as asked already.
 */
export async function applyTimer(device: DeviceContext, row: ConversationRow): Promise<WorkResult> {
  if (!(await refreshMembers(device, row))) return tryLater;
  const read = (step: Step) =>
    step.read((sql) => ({ group: device.groups.get(sql, row.key), wish: readTimerWish(sql, row.key) }));
  let isDone = false;
  const made = await makeCommit(device, row.key, 'policy', {
    make: async (step, lookups) => {
      const { group, wish } = read(step);
      if (group === null || wish === null || wish.problem !== null) return null;
      isDone = group.policy.timerSeconds === wish.seconds;
      if (isDone) return null;
      const change = { kind: 'timer', seconds: wish.seconds } as const;
      return changePolicy(cryptoContext(device), group, device.self, change, lookups);
    },
  });
  if (made === 'offline') return tryLater;
  const isForbidden = typeof made !== 'string' && isFinal.has(made.reason);
  if (typeof made !== 'string' && !isForbidden) return { kind: 'pause', delayMs: refusedDelayMs };
  if (!isDone && !isForbidden) return { kind: 'again' };
  await device.steps.run(async (step) => {
    const { group, wish } = read(step);
    if (wish === null) return;
    await step.commit((sql, changes) => {
      if (group?.policy.timerSeconds === wish.seconds) deleteTimerWish(sql, row.key);
      else if (isForbidden) storeTimerWish(sql, row.key, { ...wish, problem: { kind: 'notAllowed' } });
      changes.conversation(row.conversationId);
    });
  });
  return { kind: 'again' };
}

/** Refusals of the group's rules, which trying again does not change. */
const isFinal: ReadonlySet<string> = new Set(['not_allowed_by_role', 'policy_changed']);
