import type { ConversationRow } from '../conversations/conversationTable.ts';
import { countMembers } from '../conversations/members.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { receiptChoice } from './receiptChoice.ts';
import { isReceiptDue } from './tellReceipt.ts';

/** In larger groups nobody tells what arrived, and in still larger ones not what was read (spec/client.md, "Receipts"). */
export const deliveredMembers = 32;
export const readMembers = 128;
/** Many messages become one receipt. */
const delayMs = 200;
/** In larger groups, by chance up to this time: members would all tell at once. */
const largeDelayMs = 15_000;

/** After how long a receipt is told; null where none is due, or the conversation is too large for it. */
export function receiptDelay(device: DeviceContext, row: ConversationRow): number | null {
  const tellsRead = device.database.read(receiptChoice).on;
  if (!isReceiptDue(row, tellsRead)) return null;
  if (row.kind === 'direct') return delayMs;
  const members = device.database.read((sql) => countMembers(sql, device.self.accountId, row));
  if (members <= deliveredMembers) return delayMs;
  if (members > readMembers || !tellsRead || row.ownRead <= row.toldRead) return null;
  const chance = device.provider.randomBytes(2).reduce((sum, byte) => sum * 256 + byte, 0) / 65536;
  return delayMs + Math.round(chance * largeDelayMs);
}
