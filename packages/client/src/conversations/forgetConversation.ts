/** Deleting a conversation for the account alone (spec/client.md, "Deleting a conversation"). */
import type { ConversationId } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';
import { readGroupEnd } from '../groups/groupInfoTable.ts';
import { leaveGroup } from '../groups/leaveGroup.ts';
import { changeOwnState, nextChangeMs } from '../ownState/ownStateTable.ts';
import { conversationByKey, findConversation } from './conversationTable.ts';
import { endCalls } from './endCalls.ts';
import { forget } from './forget.ts';

/**
 * Nothing of it stays here. A group that goes on has to be left first; one that its owner ended is left by it. A direct
 * conversation comes back, empty, with the next message.
 */
export async function forgetConversation(
  device: DeviceContext,
  conversationId: ConversationId,
): Promise<void> {
  const found = device.database.read((sql) => {
    const row = findConversation(sql, conversationId);
    return row === null ? null : { row, ended: readGroupEnd(sql, device.self.accountId, row.key) };
  });
  if (found === null) return;
  const { row, ended } = found;
  if (row.kind === 'group' && ended === 'deleted' && row.state !== 'removed') {
    await leaveGroup(device, conversationId, true);
    return;
  }
  if (row.kind === 'group' && ended === null && row.state !== 'waiting') return;
  await endCalls(device, row.key);
  await device.steps.run(async (step) => {
    await step.commit((sql, changes) => {
      const row = conversationByKey(sql, found.row.key);
      if (row === null) return;
      const nowMs = device.clock.now();
      const forgotten = { changedAtMs: nextChangeMs(sql, nowMs), throughSeq: row.cursor };
      changeOwnState(sql, row, { forgotten }, nowMs);
      forget(sql, changes, row);
    });
    device.groups.dropped(row.key);
  });
  device.ownState.wake();
  // What was under way for it is begun anew, from what is stored now.
  if (row.kind === 'direct') device.connection.abandon();
}
