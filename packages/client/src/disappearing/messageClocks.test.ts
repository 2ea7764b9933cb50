import type { AccountId, DeviceId, TransactionId } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { Changes } from '../device/changes.ts';
import { insertMessage } from '../messages/messageTable.ts';
import type { ClientDatabase } from '../ports.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { boundDeadlines, startShown } from './messageClocks.ts';

const nowMs = 1_000_000;
const conversation = 1 as ConversationKey;
const dayMs = 86_400_000;
let database: ClientDatabase;

beforeEach(async () => {
  database = new TestDisk().open();
  await migrate(database);
  await database.transaction((sql) => {
    sql.run(
      `INSERT INTO conversation (key, conversation_id, peer_id, state, last_activity_ms)
       VALUES (1, ?, ?, 'ready', 0)`,
      '11'.repeat(16),
      'aa'.repeat(16),
    );
    for (const order of [1, 2, 3]) {
      insertMessage(sql, conversation, {
        order,
        messageId: `0${order}`.repeat(16) as TransactionId,
        senderId: 'aa'.repeat(16) as AccountId,
        senderDevice: 'bb'.repeat(16) as DeviceId,
        sentAtMs: 0,
        state: 'received',
        bodyKind: 'text',
        detail: 'text',
        timerSeconds: 30,
      });
    }
  });
});

const deadlines = (): unknown[] =>
  database.read((sql) =>
    sql.all('SELECT expires_at_ms FROM message ORDER BY ord').map((row) => row.expires_at_ms),
  );

describe('when messages run down', () => {
  it('is from when a device of the account showed them, and where only that is known, from now', async () => {
    const changes = new Changes();
    const shown = { readSeq: 2, displayed: [{ throughSeq: 1, atMs: nowMs - 10_000 }] };
    await database.transaction((sql) => startShown(sql, changes, conversation, shown, nowMs));
    expect(deadlines()).toEqual([nowMs + 20_000, nowMs + 30_000, null]);
    expect(changes.areDeadlinesNew).toBe(true);
    // A page that shows them learns how long they have left.
    expect([...changes.messages.values()]).toEqual([new Set(['01'.repeat(16), '02'.repeat(16)])]);
  });

  it('is not later than now, whatever another device’s clock shows', async () => {
    const shown = { readSeq: 0, displayed: [{ throughSeq: 2, atMs: nowMs + dayMs }] };
    await database.transaction((sql) => startShown(sql, new Changes(), conversation, shown, nowMs));
    expect(deadlines()).toEqual([nowMs + 30_000, nowMs + 30_000, null]);
  });

  it('is bound to now where it turns out to be earlier than the device took it for', async () => {
    const shown = { readSeq: 0, displayed: [{ throughSeq: 2, atMs: nowMs + dayMs }] };
    await database.transaction((sql) => startShown(sql, new Changes(), conversation, shown, nowMs + dayMs));
    await database.transaction((sql) => boundDeadlines(sql, nowMs));
    expect(deadlines()).toEqual([nowMs + 30_000, nowMs + 30_000, null]);
  });
});
