/** Exports: spec/search.md §Export. */
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import { strFromU8, unzipSync } from 'fflate';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ExportPart, waitingOrderBase } from '../api.ts';
import { type ConversationKey, insertConversation } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { insertMessage, type MessageRow } from '../messages/messageTable.ts';
import type { ClientDatabase, Sql } from '../ports.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { Exports } from './exports.ts';

const own = '01'.repeat(16) as AccountId;
const peer = '02'.repeat(16) as AccountId;
const nowMs = Date.UTC(2026, 4, 12, 12);
let database: ClientDatabase;
let conversation: ConversationKey;
let exports: Exports;

beforeEach(async () => {
  database = new TestDisk().open();
  await migrate(database);
  exports = new Exports();
  conversation = await database.transaction(
    (sql) =>
      insertConversation(sql, {
        conversationId: '03'.repeat(16) as ConversationId,
        logId: null,
        peerId: peer,
        state: 'ready',
        lastActivityMs: 0,
      }).key,
  );
});

const add = (sql: Sql, order: number, detail: string, change: Partial<MessageRow> = {}): void =>
  insertMessage(sql, conversation, {
    order,
    messageId: order.toString(16).padStart(32, '0') as TransactionId,
    senderId: peer,
    senderDevice: '04'.repeat(16) as DeviceId,
    sentAtMs: nowMs + order * 1000,
    state: 'received',
    bodyKind: 'text',
    detail,
    ...change,
  });

let ids = 0;
const begin = (username = '<i>eve</i>'): { exportId: string; total: number } =>
  exports.begin({
    database,
    nowMs,
    names: {
      self: own,
      account: (id) => ({ accountId: id, username: id === own ? 'maren' : username }),
    },
    randomId: () => String(ids++),
  });
function readAll(exportId: string, told: (part: ExportPart) => void = () => {}): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const part = exports.read(exportId);
    told(part);
    if (part.kind === 'gone') throw new Error('The export is gone.');
    pieces.push(...part.pieces);
    if (part.kind === 'last') return new Uint8Array(Buffer.concat(pieces));
  }
}
const open = (archive: Uint8Array) => {
  const files = unzipSync(archive);
  expect(Object.keys(files)).toEqual(['index.html', 'data.json']);
  return {
    page: strFromU8(files['index.html'] ?? new Uint8Array()),
    data: JSON.parse(strFromU8(files['data.json'] ?? new Uint8Array())),
  };
};

const hostile = [
  '<script>alert(1)</script><img src=x onerror="alert(2)">',
  `"><svg onload='x'>&amp; &lt;`,
  "'; DROP TABLE message; --",
  'safe \u202Egnp.exe and \u2066isolated',
  'line one\nline two\ttabbed',
  'nul \0 escape \u001B[31m bell \u0007 c1 \u0085',
  'half a pair \uD83D and back \uDE00',
  '</style></section></body></html><!--',
  ']}{"format":"other"}\\',
];

describe('an export', () => {
  it('holds everything, and whatever people wrote is text in it', async () => {
    await database.transaction((sql) => {
      for (const [at, text] of hostile.entries()) add(sql, at + 1, text);
      add(sql, 50, 'deviceJoined', { bodyKind: 'notice' });
      add(sql, 51, 'invalid_signature', { bodyKind: 'unreadable' });
      add(sql, 52, 'from another time', { sentAtMs: Number.MAX_SAFE_INTEGER });
      add(sql, waitingOrderBase + 1, 'not sent yet', { senderId: own, state: 'waiting' });
    });
    const { page, data } = open(readAll(begin().exportId));

    expect(data).toMatchObject({
      format: 'sotto-export',
      version: 1,
      exportedAt: '2026-05-12T12:00:00.000Z',
      account: { accountId: own, username: 'maren' },
    });
    const [{ messages, title }] = data.conversations;
    expect(title).toBe('<i>eve</i>');
    expect(
      messages.slice(0, hostile.length).map((message: { body: { text: string } }) => message.body.text),
    ).toEqual(hostile.map((text) => text.toWellFormed()));
    expect(messages.slice(hostile.length)).toMatchObject([
      { body: { kind: 'notice', notice: { kind: 'deviceJoined' } } },
      { body: { kind: 'unreadable', reason: 'invalid_signature' } },
      { sentAt: '+275760-09-13T00:00:00.000Z' },
      { mine: true, state: 'waiting', sender: { username: 'maren' }, body: { text: 'not sent yet' } },
    ]);

    const tags = [...page.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, name]) => name?.toLowerCase());
    const known =
      'html head meta title style body h1 h2 h3 p nav ol li a bdi section article footer time em'.split(' ');
    expect(tags.filter((name) => !known.includes(name ?? ''))).toEqual([]);
    expect(page).not.toMatch(/<[^>]*\s(on[a-z]+|src)\s*=|javascript:/i);
    expect([...page.matchAll(/href="([^"]*)"/g)].map(([, address]) => address)).toEqual(['#chat-0']);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('<bdi>&lt;i&gt;eve&lt;/i&gt;</bdi>');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('line one\nline two\ttabbed');
    expect(page).not.toMatch(/(?![\n\t])\p{Cc}/u);
    expect(page.match(/<article/g)).toHaveLength(hostile.length + 3);
    expect(page.endsWith('</html>\n')).toBe(true);
  });

  it('of nothing is whole as well', () => {
    const { data } = open(readAll(begin().exportId));
    expect(data.conversations).toMatchObject([{ messages: [] }]);
  });

  it('of 100,000 messages is made piece by piece, in flat memory, with progress', async () => {
    const count = 100_000;
    await database.transaction((sql) =>
      sql.run(
        `INSERT INTO message
           (conversation, ord, message_id, sender_id, sender_device, sent_at_ms, state, body_kind, detail)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         SELECT ?, i, printf('%032x', i), ?, '04', 1e12 + i * 1000, 'received', 'text', 'message ' || i FROM n`,
        count,
        conversation,
        peer,
      ),
    );
    const { exportId, total } = begin();
    expect(total).toBe(2 * count);
    let largest = 0;
    let last = 0;
    let reads = 0;
    const heapOf = (): number => {
      globalThis.gc?.();
      return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    };
    const before = heapOf();
    let most = 0;
    const pieces: Uint8Array[] = [];
    for (let isLast = false; !isLast; ) {
      const part = exports.read(exportId);
      if (part.kind === 'gone') throw new Error('The export is gone.');
      const partSizeBytes = part.pieces.reduce((sum, piece) => sum + piece.length, 0);
      pieces.push(...part.pieces);
      largest = Math.max(largest, partSizeBytes);
      reads += 1;
      if (part.kind === 'part') {
        expect(part.done).toBeGreaterThanOrEqual(last);
        last = part.done;
        if (reads % 50 === 0) most = Math.max(most, heapOf() - before);
      }
      isLast = part.kind === 'last';
    }
    expect(last).toBe(total);
    expect(reads).toBeGreaterThan(150);
    expect(largest).toBeLessThan(1024 * 1024);
    // Without a collector to call, garbage counts too.
    expect(most).toBeLessThan((globalThis.gc === undefined ? 150 : 20) * 1024 * 1024);

    const { page, data } = open(new Uint8Array(Buffer.concat(pieces)));
    expect(data.conversations[0].messages).toHaveLength(count);
    expect(data.conversations[0].messages.at(-1).body.text).toBe(`message ${count}`);
    expect(page.match(/<article/g)).toHaveLength(count);
  }, 120_000);

  it('leaves out what comes in meanwhile, from all of it', async () => {
    await database.transaction((sql) => {
      for (let order = 1; order <= 3000; order++) add(sql, order, `old ${order}`);
    });
    let added = false;
    const archive: Uint8Array[] = [];
    const { exportId } = begin();
    for (;;) {
      const part = exports.read(exportId);
      if (part.kind === 'gone') throw new Error('The export is gone.');
      archive.push(...part.pieces);
      if (part.kind === 'last') break;
      if (!added) await database.transaction((sql) => add(sql, 3001, 'new'));
      added = true;
    }
    const { page, data } = open(new Uint8Array(Buffer.concat(archive)));
    expect(page).not.toContain('>new<');
    expect(data.conversations[0].messages).toHaveLength(3000);
  });

  it('can be ended, and of many at once the oldest is', async () => {
    await database.transaction((sql) => {
      for (let order = 1; order <= 3000; order++) add(sql, order, `old ${order}`);
    });
    const { exportId } = begin();
    expect(exports.read(exportId).kind).toBe('part');
    exports.end(exportId);
    exports.end(exportId);
    expect(exports.read(exportId)).toEqual({ kind: 'gone' });
    const many = Array.from({ length: 5 }, () => begin().exportId);
    expect(many.map((id) => exports.read(id).kind)).toEqual(['gone', 'part', 'part', 'part', 'part']);
  });
});
