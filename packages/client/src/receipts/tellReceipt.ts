import {
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { WorkResult } from '../conversations/workResult.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { encodeReceipt } from '../messages/content.ts';
import { insertOutboxItem } from '../outbox/outboxTable.ts';
import { receiptChoice } from './receiptChoice.ts';

type Positions = Pick<ConversationRow, 'ownDelivered' | 'ownRead' | 'toldDelivered' | 'toldRead'>;

/** Something arrived, or (where that is told) was read, that the log has not been told of. */
export function isReceiptDue(row: Positions, tellsRead: boolean): boolean {
  return row.ownDelivered > row.toldDelivered || (tellsRead && row.ownRead > row.toldRead);
}

/** Puts a receipt up to the present positions into the outbox: however many messages came, it is one entry. */
export async function tellReceipt(device: DeviceContext, row: ConversationRow): Promise<WorkResult> {
  await device.steps.run(async (step) => {
    const { present, choice } = step.read((sql) => ({
      present: conversationByKey(sql, row.key),
      choice: receiptChoice(sql),
    }));
    if (present === null || !isReceiptDue(present, choice.on)) return;
    const { ownDelivered } = present;
    const ownRead = choice.on ? present.ownRead : present.toldRead;
    await step.commit((sql) => {
      insertOutboxItem(sql, row.key, {
        transactionId: randomId(device.provider),
        kind: 'receipt',
        content: encodeReceipt(device.clock.now(), ownDelivered, ownRead),
      });
      updateConversation(sql, row.key, { toldDelivered: ownDelivered, toldRead: ownRead });
    });
  });
  return { kind: 'again' };
}
