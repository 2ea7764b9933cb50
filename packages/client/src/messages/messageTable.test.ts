import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ConversationKey, insertConversation } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import type { ClientDatabase } from '../ports.ts';
import { storeUnreadable } from '../sync/unreadableTable.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import {
  countUnread,
  insertMessage,
  newestMessage,
  newestReceivedUpTo,
  readMessagesBefore,
} from './messageTable.ts';

const count = 100_000;
let disk: TestDisk;
let database: ClientDatabase;
let key: ConversationKey;

beforeEach(async () => {
  disk = new TestDisk();
  database = disk.open();
  await migrate(database);
  key = await database.transaction(
    (sql) =>
      insertConversation(sql, {
        conversationId: '01'.repeat(16) as ConversationId,
        logId: null,
        peerId: '02'.repeat(16) as AccountId,
        state: 'ready',
        lastActivityMs: 0,
      }).key,
  );
});

describe('a long thread', () => {
  it('is read by pages, its newest found and its unread counted through indices alone', async () => {
    const first = {
      order: 1,
      messageId: '1'.padStart(32, '0') as TransactionId,
      senderId: '02'.repeat(16) as AccountId,
      senderDevice: '03'.repeat(16) as DeviceId,
      sentAtMs: 1,
      state: 'sent',
      bodyKind: 'text',
      detail: 'text',
    } as const;
    await database.transaction((sql) => insertMessage(sql, key, first));
    // All the others from the first, in one statement: one by one they would take seconds.
    disk.exec(
      `WITH RECURSIVE n(ord) AS (SELECT 2 UNION ALL SELECT ord + 1 FROM n WHERE ord < ${count})
       INSERT INTO message (conversation, ord, message_id, sender_id, sender_device, sent_at_ms, state, body_kind, detail)
       SELECT conversation, n.ord, printf('%032x', n.ord), sender_id, sender_device, n.ord,
         iif(n.ord % 2 = 0, 'received', 'sent'), body_kind, 'text ' || n.ord FROM message, n WHERE message.ord = 1`,
    );
    database.read((sql) => {
      expect(newestMessage(sql, key, 0, 0)?.order).toBe(count);
      const page = readMessagesBefore(sql, key, 50_001, 50);
      expect(page.map(({ order }) => order)).toEqual(Array.from({ length: 50 }, (_, i) => 50_000 - i));
      expect(countUnread(sql, key, count - 100)).toBe(50);
      expect(newestReceivedUpTo(sql, key, 777)).toBe(776);
    });
    for (const query of [
      'SELECT * FROM message WHERE conversation = 1 AND ord < 9 ORDER BY ord DESC LIMIT 50',
      `SELECT count(*) FROM message WHERE conversation = 1 AND ord > 9 AND state = 'received'`,
      `SELECT * FROM message WHERE conversation = 1 AND message_id = 'x'`,
    ]) {
      const plan = disk.rows(`EXPLAIN QUERY PLAN ${query}`).map((row) => String(row.detail));
      expect(plan.join()).toMatch(/^SEARCH message/);
      expect(plan.join()).not.toContain('TEMP B-TREE');
    }
  });

  it('keeps the newest refused entries of each log only', async () => {
    await database.transaction((sql) => {
      for (let seq = 1; seq <= 500; seq++) storeUnreadable(sql, key, seq, 'malformed', new Uint8Array(10));
      storeUnreadable(sql, 0, 1, 'malformed', new Uint8Array(10));
    });
    expect(
      disk.rows('SELECT min(seq) AS oldest, count(*) AS n FROM unreadable WHERE conversation = 1'),
    ).toEqual([{ oldest: 301, n: 200 }]);
    expect(disk.rows('SELECT seq FROM unreadable WHERE conversation = 0')).toEqual([{ seq: 1 }]);
  });
});
