/**
 * For measuring: a device's conversation full of messages that are about to disappear, written straight into its database
 * while no engine has it open. Invariant: what is written is as the engine would have stored it, but for their places in the log,
 * which the server knows nothing of.
 */
import type { AccountId, TransactionId } from '@sotto/protocol';
import { readDevice } from '../account/deviceTable.ts';
import { listConversations } from '../conversations/conversationTable.ts';
import { settleReaction, storeChange } from '../messageChanges/messageChangeTable.ts';
import { insertMessage } from '../messages/messageTable.ts';
import type { ClientDatabase } from '../ports.ts';

/** What every text begins with: a database that holds it nowhere has none of them. */
export const disappearingText = 'kestrelwing';

export interface DisappearingWork {
  readonly count: number;
  /** From the first deadline to the last. */
  readonly spanMs: number;
  /** From the end of writing to the first deadline. */
  readonly leadMs: number;
}

const firstOrder = 1_000;
const perTransaction = 2_000;
const reactedEvery = 16;
/** Longer than any of them has left, as it is told which time it is. */
const timerSeconds = 600;
/** Most disappear in the order in which they were said, and one in so many before or after its turn. */
const outOfTurn = 10;

/** Fills the only conversation of the device, of which everything is read. Gives the first deadline, by the server's time. */
export async function fillDisappearing(database: ClientDatabase, work: DisappearingWork): Promise<number> {
  const { count, spanMs } = work;
  const nowMs = Date.now();
  const { key, self, peer } = database.read((sql) => {
    const device = readDevice(sql);
    const [row] = listConversations(sql);
    if (device === null || row?.peerId == null) throw new Error('The device has no direct conversation.');
    return { key: row.key, self: device, peer: row.peerId as AccountId };
  });
  for (let begun = 0; begun < count; begun += perTransaction) {
    await database.transaction((sql) => {
      for (let at = begun; at < Math.min(count, begun + perTransaction); at++) {
        const isOwn = at % 2 === 0;
        const messageId = disappearingId(at);
        const senderId = isOwn ? self.accountId : peer;
        insertMessage(sql, key, {
          order: firstOrder + at,
          messageId,
          senderId,
          senderDevice: self.deviceId,
          sentAtMs: nowMs - (count - at),
          state: isOwn ? 'sent' : 'received',
          bodyKind: 'text',
          detail: `${disappearingText} ${at} ${'about as long as people write '.repeat(1 + (at % 3))}`,
          timerSeconds,
          expiresAtMs: Math.floor(shareOf(at, count) * spanMs),
        });
        if (at % reactedEvery > 0) continue;
        const message = { accountId: senderId, transactionId: messageId };
        storeChange(sql, key, {
          seq: firstOrder + count + at,
          transactionId: disappearingId(count + at),
          authorId: self.accountId,
          authorDevice: self.deviceId,
          atMs: nowMs,
          content: { kind: 'reaction', message, emoji: '👍' },
        });
        settleReaction(sql, key, message, self.accountId);
      }
    });
  }
  return await database.transaction((sql) => {
    const told = firstOrder + 3 * count;
    sql.run(
      `UPDATE conversation SET own_read = ?1, own_delivered = ?1, told_read = ?1, told_delivered = ?1, last_activity_ms = ?2
       WHERE key = ?3`,
      told,
      nowMs,
      key,
    );
    const firstMs = Date.now() + work.leadMs;
    sql.run('UPDATE message SET expires_at_ms = expires_at_ms + ? WHERE conversation = ?', firstMs, key);
    return firstMs;
  });
}

/** When the message `id` of those disappears, after the first deadline; null where it is another's id. */
export function disappearsAfterMs(
  id: TransactionId,
  { count, spanMs }: Pick<DisappearingWork, 'count' | 'spanMs'>,
): number | null {
  const at = Number.parseInt(id.slice(8), 16);
  return at < count && id === disappearingId(at) ? Math.floor(shareOf(at, count) * spanMs) : null;
}

/** Of the span, 0 to 1. */
function shareOf(at: number, count: number): number {
  return (at % outOfTurn === 0 ? (at * 7919) % count : at) / count;
}

/** As far apart as random ones. */
function disappearingId(at: number): TransactionId {
  const spread = Math.imul(at + 1, 2_654_435_761) >>> 0;
  return `${spread.toString(16).padStart(8, '0')}${at.toString(16).padStart(24, '0')}` as TransactionId;
}
