import {
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { WorkResult } from '../conversations/workResult.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { encodeReceipt } from '../messages/content.ts';
import { insertOutboxItem } from '../outbox/outboxTable.ts';

type Positions = Pick<ConversationRow, 'ownDelivered' | 'ownRead' | 'toldDelivered' | 'toldRead'>;

/** Something arrived or was read that the log has not been told of. */
export function isReceiptDue(row: Positions): boolean {
  return row.ownDelivered > row.toldDelivered || row.ownRead > row.toldRead;
}

/** Puts a receipt up to the present positions into the outbox: however many messages came, it is one entry. */
export async function tellReceipt(device: DeviceContext, row: ConversationRow): Promise<WorkResult> {
  await device.steps.run(async (step) => {
    const present = step.read((sql) => conversationByKey(sql, row.key));
    if (present === null || !isReceiptDue(present)) return;
    const { ownDelivered, ownRead } = present;
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
