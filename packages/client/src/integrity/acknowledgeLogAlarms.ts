import type { ConversationId } from '@sotto/protocol';
import { findConversation } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { hasLogAlarm, setAlarmsAcknowledged } from './logAlarmTable.ts';

/** The user has read what is known of a log that does not fit; nothing else takes the warning away. */
export async function acknowledgeLogAlarms(device: DeviceContext, id: ConversationId): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, id));
    if (row === null || !step.read((sql) => hasLogAlarm(sql, row.key))) return;
    await step.commit((sql, changes) => {
      setAlarmsAcknowledged(sql, row.key);
      changes.conversation(id);
    });
  });
}
