import type { ConversationId } from '@sotto/protocol';
import type { GroupProblem, Outcome } from '../api.ts';
import { findConversation } from '../conversations/conversationTable.ts';
import { forget } from '../conversations/forget.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { insertGroupChange, readGroupChanges } from './groupChangeTable.ts';
import { readGroupEnd } from './groupInfoTable.ts';

/** Says to the members that this account leaves. `forgets`: and nothing of the group stays here. */
export async function leaveGroup(
  device: DeviceContext,
  conversationId: ConversationId,
  forgets: boolean,
): Promise<Outcome<null, GroupProblem>> {
  const outcome = await device.steps.run(async (step): Promise<'unknown' | 'left' | 'waits'> => {
    const { row, ended, isAsked } = step.read((sql) => {
      const found = findConversation(sql, conversationId);
      if (found?.kind !== 'group') return { row: null, ended: null, isAsked: false };
      return {
        row: found,
        ended: readGroupEnd(sql, device.self.accountId, found.key),
        isAsked: readGroupChanges(sql, found.key).some(({ change }) => change.kind === 'leave'),
      };
    });
    if (row === null) return 'unknown';
    const isOut = ended === 'left' || ended === 'removed';
    // Of one that waits nobody else knows.
    if (isOut || row.state === 'waiting') {
      if (forgets || !isOut) await step.commit((sql, changes) => forget(sql, changes, row));
      return 'left';
    }
    if (!isAsked) {
      await step.commit((sql, changes) => {
        insertGroupChange(sql, row.key, randomId(device.provider), { kind: 'leave', forgets });
        changes.conversation(conversationId);
      });
    }
    device.wake(row.key);
    return 'waits';
  });
  if (outcome === 'unknown') return { kind: 'problem', problem: { kind: 'unknownConversation' } };
  return { kind: 'ok', value: null };
}
