/** The index over stored texts: spec/search.md §Index. */
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ConversationKey, insertConversation } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { migrations } from '../database/migrations.ts';
import { deleteMessage, insertMessage, moveMessage, searchMessages } from '../messages/messageTable.ts';
import { readPage } from '../messages/readPage.ts';
import type { ClientDatabase, Sql } from '../ports.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { matchExpression, parseSearch } from './searchQuery.ts';
import { searchMigration } from './searchTable.ts';

const messageId = (number: number): TransactionId => number.toString(16).padStart(32, '0') as TransactionId;
let disk: TestDisk;
let database: ClientDatabase;
let first: ConversationKey;
let second: ConversationKey;

const addConversation = (sql: Sql, number: number): ConversationKey =>
  insertConversation(sql, {
    conversationId: number.toString(16).padStart(32, '0') as ConversationId,
    logId: null,
    peerId: '02'.repeat(16) as AccountId,
    state: 'ready',
    lastActivityMs: 0,
  }).key;
const add = (sql: Sql, conversation: ConversationKey, order: number, text: string, sentAtMs = order): void =>
  insertMessage(sql, conversation, {
    order,
    messageId: messageId(order),
    senderId: '02'.repeat(16) as AccountId,
    senderDevice: '03'.repeat(16) as DeviceId,
    sentAtMs,
    state: 'received',
    bodyKind: 'text',
    detail: text,
  });
const search = (
  text: string,
  conversation: ConversationKey | null = null,
  limit = 50,
  before = 2 ** 53 - 1,
) => {
  const expression = matchExpression(parseSearch(text), 'text');
  if (expression === null) return [];
  return database.read((sql) => searchMessages(sql, expression, { conversation, before, limit }));
};
const texts = (text: string, conversation: ConversationKey | null = null): string[] =>
  search(text, conversation).map(({ detail }) => detail);

beforeEach(async () => {
  disk = new TestDisk();
  database = disk.open();
  await migrate(database);
  [first, second] = await database.transaction((sql) => [addConversation(sql, 1), addConversation(sql, 2)]);
});

describe('search', () => {
  it('finds the newest first, in all conversations or in one, page by page', async () => {
    await database.transaction((sql) => {
      for (let order = 1; order <= 40; order++) {
        add(sql, order % 2 === 0 ? first : second, order, `the tide ${order}`, order * 700);
      }
    });
    expect(search('TIDE').map(({ order }) => order)).toEqual(Array.from({ length: 40 }, (_, i) => 40 - i));
    expect(search('ti th', second).map(({ order }) => order)).toEqual(
      Array.from({ length: 20 }, (_, i) => 39 - 2 * i),
    );
    const page = search('tide', null, 10);
    const next = search('tide', null, 10, page.at(-1)?.place);
    expect(next.map(({ order }) => order)).toEqual(Array.from({ length: 10 }, (_, i) => 30 - i));
    expect(texts('c1')).toEqual([]);
  });

  it('finds words of every script, symbols and parts of words without spaces', async () => {
    const all = [
      'Смотри, Привет мир',
      'هَٰذَا كِتَابٌ',
      '今日は東京タワーに行く',
      'สวัสดีครับ',
      'done 🎉',
      '안녕하세요',
    ];
    await database.transaction((sql) => {
      for (const [at, text] of all.entries()) add(sql, first, at + 1, text);
    });
    expect(['ПРИВ', 'كتاب', '東京', '京タワ', 'ดีคร', '🎉', '안녕'].map((query) => texts(query))).toEqual(
      [0, 1, 2, 2, 3, 4, 5].map((at) => [all[at]]),
    );
  });

  it('follows a message through its moves, and forgets it without leaving a word on the disk', async () => {
    await database.transaction((sql) => {
      add(sql, first, 2 ** 40, 'xylophone concert');
      add(sql, first, 1, 'another concert');
    });
    await database.transaction((sql) =>
      moveMessage(sql, first, messageId(2 ** 40), { order: 2, state: 'sent' }),
    );
    expect(search('xylo')[0]?.order).toBe(2);
    await database.transaction((sql) => deleteMessage(sql, first, messageId(2 ** 40)));
    expect(texts('concert')).toEqual(['another concert']);
    const blocks = disk.rows('SELECT block FROM message_search_data').map(({ block }) => block as Uint8Array);
    expect(blocks.some((block) => new TextDecoder('latin1').decode(block).includes('ylophon'))).toBe(false);
    disk.exec(`INSERT INTO message_search (message_search) VALUES ('integrity-check')`);
  });

  it('is rolled back with the transaction', async () => {
    await database
      .transaction((sql) => {
        add(sql, first, 1, 'never stored');
        throw new Error('on purpose');
      })
      .catch(() => undefined);
    expect(texts('never')).toEqual([]);
  });

  it('takes any time a sender claims, and many at once', async () => {
    const times = [-1, Number.NaN, 2 ** 53 - 1, 0, 0, 0.5, 1e300];
    await database.transaction((sql) =>
      times.forEach((time, at) => {
        insertMessage(sql, first, {
          order: at + 1,
          messageId: messageId(at + 1),
          senderId: '02'.repeat(16) as AccountId,
          senderDevice: '03'.repeat(16) as DeviceId,
          sentAtMs: Number.isSafeInteger(time) ? time : 0,
          state: 'received',
          bodyKind: 'text',
          detail: 'odd time',
        });
      }),
    );
    expect(texts('odd')).toHaveLength(times.length);
  });

  it('never throws, whatever is typed', async () => {
    await database.transaction((sql) => add(sql, first, 1, 'something'));
    const hostile = [
      '"',
      '""',
      "'",
      '*',
      'a*',
      '^a',
      'NEAR(a b)',
      'text:x',
      '{a b}: c',
      '-a',
      'a AND',
      '(((',
      'a"b"c"',
      '\0',
      '🏴‍☠️',
      '\uD800',
    ];
    for (const text of hostile) expect(Array.isArray(search(text))).toBe(true);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(Array.isArray(search(text))).toBe(true);
      }),
    );
  });

  it('finds each text by every word of it', async () => {
    await database.transaction((sql) => add(sql, first, 1, 'anchor'));
    let order = 1;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), async (text) => {
        order += 1;
        await database.transaction((sql) => add(sql, second, order, text));
        const query = parseSearch(text);
        if (query.length > 0) expect(search(text, second).map((row) => row.order)).toContain(order);
      }),
      { numRuns: 200 },
    );
  });

  it('indexes what was stored before there was an index', async () => {
    const old = new TestDisk();
    const before = migrations.indexOf(searchMigration);
    for (const migration of migrations.slice(0, before)) old.exec(migration);
    old.exec(`PRAGMA user_version = ${before}`);
    old.exec(`INSERT INTO conversation (key, conversation_id, peer_id, state, last_activity_ms)
      VALUES (1, '${'01'.repeat(16)}', '${'02'.repeat(16)}', 'ready', 0)`);
    for (let order = 1; order <= 1200; order++) {
      old.exec(`INSERT INTO message (conversation, ord, message_id, sender_id, sender_device, sent_at_ms, state, body_kind, detail)
        VALUES (1, ${order}, '${messageId(order)}', 'a', 'b', ${order}, 'received',
        '${order % 3 === 0 ? 'notice' : 'text'}', 'old text ${order}')`);
    }
    database = old.open();
    await migrate(database);
    expect(texts('1199')).toEqual(['old text 1199']);
    expect(search('old', null, 500)).toHaveLength(500);
    expect(texts('1200')).toEqual([]);
  });
});

describe('a page of a thread', () => {
  it('is read before, after and around an order', async () => {
    await database.transaction((sql) => {
      for (let order = 1; order <= 100; order++) add(sql, first, order * 10, `line ${order}`);
    });
    const read = (query: { beforeOrder?: number; afterOrder?: number; aroundOrder?: number }) => {
      const page = database.read((sql) => readPage(sql, first, { ...query, limit: 10 }));
      return [page.rows[0]?.order, page.rows.at(-1)?.order, page.rows.length, page.hasOlder, page.hasNewer];
    };
    expect(read({})).toEqual([910, 1000, 10, true, false]);
    expect(read({ beforeOrder: 100 })).toEqual([10, 90, 9, false, true]);
    expect(read({ afterOrder: 100 })).toEqual([110, 200, 10, true, true]);
    expect(read({ afterOrder: 950 })).toEqual([960, 1000, 5, true, false]);
    expect(read({ afterOrder: 0 })).toEqual([10, 100, 10, false, true]);
    expect(read({ aroundOrder: 500 })).toEqual([450, 540, 10, true, true]);
    expect(read({ aroundOrder: 505 })).toEqual([460, 550, 10, true, true]);
    expect(read({ aroundOrder: 1000 })).toEqual([910, 1000, 10, true, false]);
    expect(read({ aroundOrder: 10 })).toEqual([10, 50, 5, false, true]);
  });
});
