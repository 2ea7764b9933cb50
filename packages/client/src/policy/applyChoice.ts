import { changePolicy } from '@sotto/crypto';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { tryLater, type WorkResult } from '../conversations/workResult.ts';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { makeCommit } from '../groups/makeCommit.ts';
import { refreshMembers } from '../groups/refreshMembers.ts';
import { isOffBy, pendingChoice, settleChosen } from './historyChoice.ts';

const refusedDelayMs = 60_000;

/**
 * Puts what the account chose into the conversation's policy, by a commit of its own (spec/groups.md, "Changing the
 * policy"). One that loses the race is made anew on what the policy is then, unless that is as chosen already.
 */
export async function applyChoice(device: DeviceContext, row: ConversationRow): Promise<WorkResult> {
  const { accountId } = device.self;
  // Turning it on begins an epoch with deposits: to the newest history keys of the members.
  await refreshMembers(device, row);
  const read = (step: Step) =>
    step.read((sql) => ({ group: device.groups.get(sql, row.key), choice: pendingChoice(sql, row) }));
  let isDone = false;
  const made = await makeCommit(device, row.key, 'policy', {
    make: async (step, lookups) => {
      const { group, choice } = read(step);
      if (group === null || choice === null) return null;
      isDone = isOffBy(group.policy, accountId) === choice.off;
      if (isDone) return null;
      const change = { kind: 'history', on: !choice.off } as const;
      return changePolicy(cryptoContext(device), group, device.self, change, lookups);
    },
  });
  if (made === 'offline') return tryLater;
  if (typeof made !== 'string') return { kind: 'pause', delayMs: refusedDelayMs };
  if (isDone) {
    await device.steps.run(async (step) => {
      const { group, choice } = read(step);
      if (group === null || choice === null) return;
      if (isOffBy(group.policy, accountId) !== choice.off) return;
      await step.commit((sql, changes) => {
        settleChosen(sql, row, choice.off);
        changes.conversation(row.conversationId);
        changes.historyChoice();
      });
    });
  }
  return { kind: 'again' };
}
