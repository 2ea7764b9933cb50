/** Exports: spec/search.md §Export. */

import { loadNodeProvider } from '@sotto/primitives/node';
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import { strFromU8, unzipSync } from 'fflate';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ExportChoice, type ExportPart, type NewAttachment, waitingOrderBase } from '../api.ts';
import { newAttachment } from '../attachments/attachmentContent.ts';
import { insertAttachments } from '../attachments/attachmentTable.ts';
import { type ConversationKey, insertConversation } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { insertMessage, type MessageRow } from '../messages/messageTable.ts';
import { encodeParts, noParts } from '../messages/textContent.ts';
import type { ClientDatabase, Sql } from '../ports.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import type { ReadMedia } from './exportMedia.ts';
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

const provider = await loadNodeProvider();
const idOf = (order: number) => order.toString(16).padStart(32, '0') as TransactionId;
const add = (sql: Sql, order: number, detail: string, change: Partial<MessageRow> = {}): void =>
  insertMessage(sql, conversation, {
    order,
    messageId: idOf(order),
    senderId: peer,
    senderDevice: '04'.repeat(16) as DeviceId,
    sentAtMs: nowMs + order * 1000,
    state: 'received',
    bodyKind: 'text',
    detail,
    ...change,
  });

let ids = 0;
let readMedia: ReadMedia = async () => 'gone';
const begin = (username = '<i>eve</i>', choice: Partial<ExportChoice> = {}) =>
  exports.begin({
    database,
    choice: { conversationId: null, withMedia: true, ...choice },
    readMedia: (...asked) => readMedia(...asked),
    nowMs,
    names: {
      self: own,
      now: () => nowMs,
      serverNow: () => nowMs,
      account: (id) => ({ accountId: id, username: id === own ? 'maren' : username }),
    },
    randomId: () => String(ids++),
  });
async function readAll(exportId: string, told: (part: ExportPart) => void = () => {}): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const part = await exports.read(exportId);
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
  it('holds nothing of what disappears, neither quoted nor counted, and all that is around it', async () => {
    await database.transaction((sql) => {
      add(sql, 1, 'before');
      for (let order = 2; order <= 500; order++) {
        const expiresAtMs = order % 2 === 0 ? nowMs - 1 : null;
        add(sql, order, 'a secret', { timerSeconds: 30, expiresAtMs });
      }
      const replyTo = { accountId: peer, transactionId: idOf(3) };
      const extras = encodeParts({ ...noParts, replyTo });
      add(sql, 501, 'after', { extras, replyId: idOf(3) });
    });
    const { exportId, total } = begin();
    // Each of the two that stay, in both texts.
    expect(total).toBe(4);
    const { page, data } = open(await readAll(exportId));
    expect(page).not.toContain('secret');
    expect(JSON.stringify(data)).not.toContain('secret');
    expect(data.conversations[0].messages).toHaveLength(2);
    expect(page).toContain('before');
    expect(page).toContain('after');
  });

  it('holds everything, and whatever people wrote is text in it', async () => {
    await database.transaction((sql) => {
      for (const [at, text] of hostile.entries()) add(sql, at + 1, text);
      add(sql, 50, 'deviceJoined', { bodyKind: 'notice' });
      add(sql, 51, 'invalid_signature', { bodyKind: 'unreadable' });
      add(sql, 52, 'from another time', { sentAtMs: Number.MAX_SAFE_INTEGER });
      add(sql, waitingOrderBase + 1, 'not sent yet', { senderId: own, state: 'waiting' });
    });
    const { page, data } = open(await readAll(begin().exportId));

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

  it('of nothing is whole as well', async () => {
    const { data } = open(await readAll(begin().exportId));
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
      const part = await exports.read(exportId);
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
  });

  it('leaves out what comes in meanwhile, from all of it', async () => {
    await database.transaction((sql) => {
      for (let order = 1; order <= 3000; order++) add(sql, order, `old ${order}`);
    });
    let added = false;
    const archive: Uint8Array[] = [];
    const { exportId } = begin();
    for (;;) {
      const part = await exports.read(exportId);
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
    expect((await exports.read(exportId)).kind).toBe('part');
    exports.end(exportId);
    exports.end(exportId);
    expect(await exports.read(exportId)).toEqual({ kind: 'gone' });
    const many = Array.from({ length: 5 }, () => begin().exportId);
    expect((await Promise.all(many.map((id) => exports.read(id)))).map(({ kind }) => kind)).toEqual([
      'gone',
      'part',
      'part',
      'part',
      'part',
    ]);
  });

  describe('with media', () => {
    const files = new Map<string, Uint8Array>();
    const attach = (order: number, given: readonly Partial<NewAttachment>[]) =>
      database.transaction((sql) => {
        add(sql, order, `message ${order}`);
        const contents = given.map((one, index) => {
          const file = new Uint8Array(one.source?.size ?? 10).fill(order + index);
          files.set(`${idOf(order)} ${index}`, file);
          return { ...newAttachment(provider, { ...nothing, ...one }), blobId: 'ab'.repeat(32) };
        });
        insertAttachments(sql, conversation, idOf(order), contents);
      });
    const nothing: NewAttachment = {
      source: new Blob([new Uint8Array(10)]),
      kind: 'file',
      name: 'file.bin',
      mediaType: '',
      width: 0,
      height: 0,
      durationMs: 0,
      thumbnail: new Uint8Array(0),
      placeholder: Uint8Array.of(1, 2, 3),
      waveform: new Uint8Array(0),
      views: 0,
    };
    beforeEach(() => {
      files.clear();
      readMedia = async ({ messageId, index }, start, end) =>
        files.get(`${messageId} ${index}`)?.slice(start, end) ?? 'gone';
    });

    it('holds the files, under names that harm nothing, and names what is missing with the reason', async () => {
      await attach(1, [
        { name: 'sea.jpg', kind: 'photo', mediaType: 'image/jpeg', width: 4, height: 3 },
        { name: '../../<script>.html' },
      ]);
      await attach(2, [{ name: 'gone.mp4', kind: 'video' }, { name: 'damaged.bin' }, { name: 'away.bin' }]);
      await attach(3, [{ name: 'once.jpg', kind: 'photo', views: 3 }]);
      const faults = ['gone', 'damaged', 'offline'] as const;
      const whole = readMedia;
      readMedia = async (ref, start, end) =>
        ref.messageId === idOf(2) ? faults[ref.index]! : whole(ref, start, end);
      const archive = unzipSync(await readAll(begin().exportId));
      const [photo, script] = ['media/1/1-0 sea.jpg', 'media/1/1-1 _script_.html'] as const;
      expect(Object.keys(archive)).toEqual([photo, script, 'index.html', 'data.json']);
      expect(archive[photo]).toEqual(new Uint8Array(10).fill(1));
      expect(archive[script]).toEqual(new Uint8Array(10).fill(2));
      const data = JSON.parse(strFromU8(archive['data.json']!));
      const [first, second, third] = data.conversations[0].messages;
      expect(first.body.attachments).toEqual([
        expect.objectContaining({ kind: 'photo', name: 'sea.jpg', width: 4, height: 3, path: photo }),
        expect.objectContaining({ kind: 'file', mediaType: 'application/octet-stream', path: script }),
      ]);
      expect(Object.keys(first.body.attachments[0])).not.toContain('thumbnail');
      const missing = (message: typeof first) =>
        message.body.attachments.map((one: { path: null; missing: string }) => [one.path, one.missing]);
      expect(missing(second)).toEqual(faults.map((fault) => [null, fault]));
      expect(missing(third)).toEqual([[null, 'viewLimited']]);
      const page = strFromU8(archive['index.html']!);
      expect([...page.matchAll(/href="([^"]*)"/g)].map(([, address]) => address)).toEqual([
        '#chat-0',
        'media/1/1-0%20sea.jpg',
      ]);
      expect(page).toContain('<bdi>gone.mp4</bdi> (not in this archive: the server no longer has it)');
      expect(page).toContain('<bdi>away.bin</bdi> (not in this archive: the server was out of reach)');
    });

    it('or without them, or of one conversation alone', async () => {
      await attach(1, [{ name: 'sea.jpg' }]);
      const { page, data } = open(await readAll(begin('eve', { withMedia: false }).exportId));
      expect(data.conversations[0].messages[0].body.attachments[0]).toMatchObject({ missing: 'leftOut' });
      expect(page).toContain('files were left out');
      const conversationId = '03'.repeat(16) as ConversationId;
      const one = unzipSync(await readAll(begin('eve', { conversationId }).exportId));
      expect(Object.keys(one)).toContain('media/1/1-0 sea.jpg');
      const other = 'ff'.repeat(16) as ConversationId;
      expect(
        open(await readAll(begin('eve', { conversationId: other }).exportId)).data.conversations,
      ).toEqual([]);
    });

    it('leaves out files of what disappears', async () => {
      await attach(1, [{ name: 'sea.jpg' }]);
      await attach(2, [{ name: 'secret.jpg' }]);
      await database.transaction((sql) => sql.run('UPDATE message SET timer_seconds = 30 WHERE ord = 2'));
      const asked: unknown[] = [];
      readMedia = async (ref) => {
        asked.push(ref);
        return 'gone';
      };
      const { page, data } = open(await readAll(begin().exportId));
      expect(asked).toHaveLength(1);
      for (const text of [page, JSON.stringify(data)]) {
        expect(text).toContain('sea.jpg');
        expect(text).not.toContain('secret.jpg');
      }
    });

    it('of a large file goes piece by piece with progress, and ends when it is cancelled', async () => {
      const source = { size: 300 * 1024 * 1024 } as Blob;
      await database.transaction((sql) => {
        add(sql, 1, 'large');
        const content = { ...newAttachment(provider, { ...nothing, source }), blobId: 'ab'.repeat(32) };
        insertAttachments(sql, conversation, idOf(1), [content]);
      });
      let largest = 0;
      let reads = 0;
      readMedia = async (_ref, start, end) => {
        largest = Math.max(largest, end - start);
        reads += 1;
        return new Uint8Array(end - start);
      };
      const { exportId, total } = begin();
      let [sizeBytes, last, parts] = [0, 0, 0];
      for (;;) {
        const part = await exports.read(exportId);
        if (part.kind === 'gone') throw new Error('The export is gone.');
        const partSize = part.pieces.reduce((sum, piece) => sum + piece.length, 0);
        expect(partSize).toBeLessThan(2 * 1024 * 1024);
        sizeBytes += partSize;
        if (part.kind === 'last') break;
        expect(part.done).toBeGreaterThanOrEqual(last);
        last = part.done;
        parts += 1;
      }
      expect(largest).toBeLessThanOrEqual(1024 * 1024);
      expect(sizeBytes).toBeGreaterThan(source.size);
      expect(parts).toBeGreaterThan(300);
      expect(last).toBeCloseTo(total);

      const cancelled = begin();
      for (let at = 0; at < 3; at++) expect((await exports.read(cancelled.exportId)).kind).toBe('part');
      const before = reads;
      exports.end(cancelled.exportId);
      expect(await exports.read(cancelled.exportId)).toEqual({ kind: 'gone' });
      expect(reads).toBe(before);
    });

    it('names a file that was lost while it was read', async () => {
      await attach(1, [{ name: 'lost.bin', source: new Blob([new Uint8Array(3 * 1024 * 1024)]) }]);
      let reads = 0;
      const whole = readMedia;
      readMedia = async (...asked) => (++reads > 4 ? 'damaged' : whole(...asked));
      const archive = unzipSync(await readAll(begin().exportId));
      const data = JSON.parse(strFromU8(archive['data.json']!));
      expect(data.conversations[0].messages[0].body.attachments[0]).toMatchObject({
        path: null,
        missing: 'damaged',
      });
    });
  });
});
