/** What others and other devices say of looks, in any order, twice, too often, and by those who cannot have looked. */
import { create, toBinary } from '@bufbuild/protobuf';
import { loadNodeProvider } from '@sotto/primitives/node';
import {
  type AccountId,
  type Attachment,
  AttachmentSchema,
  type ConversationId,
  type DeviceId,
  limits,
  type TransactionId,
} from '@sotto/protocol';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { type ConversationKey, conversationByKey } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { Changes } from '../device/changes.ts';
import { insertMessage } from '../messages/messageTable.ts';
import type { ClientDatabase } from '../ports.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { decodeAttachment, newAttachment } from './attachmentContent.ts';
import { insertAttachments, readAttachments } from './attachmentTable.ts';
import { attachmentViews } from './attachmentView.ts';
import { applyViewed, noteRecipients } from './viewLimit.ts';

const key = 1 as ConversationKey;
const self = 'aa'.repeat(16) as AccountId;
const peer = 'bb'.repeat(16) as AccountId;
const stranger = 'cc'.repeat(16) as AccountId;
const conversationId = '11'.repeat(16) as ConversationId;
const messageId = '01'.repeat(16) as TransactionId;
const viewIds = Array.from({ length: 30 }, (_, at) => (at + 16).toString(16).repeat(16) as TransactionId);

const encoded = (views: number): Attachment =>
  create(AttachmentSchema, {
    blobId: new Uint8Array(32).fill(1),
    key: new Uint8Array(32).fill(2),
    sizeBytes: 5n,
    kind: 2,
    views,
  });

let database: ClientDatabase;

/** A conversation with one message, and these files in it. */
async function fill(sender: AccountId, viewsOfFiles: readonly number[]): Promise<void> {
  database = new TestDisk().open();
  await migrate(database);
  await database.transaction((sql) => {
    sql.run(
      `INSERT INTO conversation (key, conversation_id, log_id, peer_id, kind, state, last_activity_ms)
       VALUES (1, ?1, ?1, ?2, 'direct', 'ready', 0)`,
      conversationId,
      peer,
    );
    insertMessage(sql, key, {
      order: 1,
      messageId,
      senderId: sender,
      senderDevice: 'dd'.repeat(16) as DeviceId,
      sentAtMs: 0,
      state: sender === self ? 'sent' : 'received',
      bodyKind: 'text',
      detail: '',
    });
    const contents = viewsOfFiles.flatMap((views) => decodeAttachment(encoded(views)) ?? []);
    insertAttachments(sql, key, messageId, contents);
    if (sender === self) noteRecipients(sql, new Changes(), self, conversationByKey(sql, key)!, messageId);
  });
}

interface Told {
  readonly account: AccountId;
  readonly viewId: TransactionId;
  readonly of?: AccountId;
}

async function tell(sender: AccountId, ...told: readonly Told[]): Promise<void> {
  await database.transaction((sql) => {
    for (const { account, viewId, of = sender } of told) {
      const ref = { accountId: of, transactionId: messageId };
      applyViewed(self, sql, new Changes(), conversationByKey(sql, key)!, { account, viewId, ref });
    }
  });
}

const shown = () =>
  database.read((sql) =>
    attachmentViews(sql, {}, key, [messageId])
      .get(messageId)
      ?.map(({ views }) => views),
  );
const keys = () =>
  database.read((sql) => readAttachments(sql, key, messageId).map(({ content }) => content.key[0] === 2));

describe('a limit', () => {
  it('out of range leaves the file out: it is shown neither without one nor under another', () => {
    for (const views of [0, 1, 2, 10]) expect(decodeAttachment(encoded(views))).toMatchObject({ views });
    for (const views of [11, 1_000, 2 ** 31, 2 ** 32 - 1])
      expect(decodeAttachment(encoded(views))).toBeNull();
  });

  it('that a page gives is in range, and of pictures and sound alone', async () => {
    const provider = await loadNodeProvider();
    const nothing = new Uint8Array(0);
    const rest = { name: 'a', mediaType: '', width: 0, height: 0, durationMs: 0, source: new Blob(['a']) };
    const given = { ...rest, thumbnail: nothing, placeholder: nothing, waveform: nothing };
    for (const [views, used] of [
      [0, 0],
      [10, 10],
      [11, 1],
      [-1, 1],
      [2.5, 1],
      [Number.NaN, 1],
    ] as const) {
      expect(newAttachment(provider, { ...given, kind: 'voice', views }).views).toBe(used);
      expect(newAttachment(provider, { ...given, kind: 'file', views }).views).toBe(0);
    }
  });

  it('that is no uint32 on the wire never lets a file be looked at more often than it may', () => {
    const plain = toBinary(AttachmentSchema, encoded(0));
    const field = (...varint: number[]) =>
      decodeMessage(AttachmentSchema, Uint8Array.of(...plain, 13 << 3, ...varint));
    const most = new Array<number>(9).fill(0xff);
    for (const varint of [
      // -1, the most that ten bytes hold, 2^31, eleven bytes, one that does not end
      [...most, 0x01],
      [...most, 0x7f],
      [0x80, 0x80, 0x80, 0x80, 0x08],
      [...most, 0xff, 0x01],
      [0xff],
    ]) {
      const decoded = field(...varint);
      expect(decoded === null ? null : decodeAttachment(decoded)).toBeNull();
    }
    // A boolean that was true.
    expect(decodeAttachment(field(0x01)!)).toMatchObject({ views: 1 });
  });
});

describe('of a received file', () => {
  beforeEach(() => fill(peer, [3]));

  it('each look of the account’s devices counts once, and the last one takes the key', async () => {
    const [one, two, three] = viewIds.map((viewId) => ({ account: self, viewId }));
    await tell(peer, one!, one!, two!, one!);
    expect(shown()).toMatchObject([{ limit: 3, seen: 2, state: 'closed' }]);
    expect(keys()).toEqual([true]);
    await tell(peer, three!);
    expect(shown()).toMatchObject([{ seen: 3, state: 'over' }]);
    expect(keys()).toEqual([false]);
  });

  it('what others looked at does not count, nor what names another’s message', async () => {
    const told = viewIds.map((viewId) => ({ account: self, viewId, of: stranger }));
    await tell(peer, ...viewIds.map((viewId) => ({ account: peer, viewId })), ...told);
    await tell(peer, ...viewIds.map((viewId) => ({ account: stranger, viewId })));
    expect(shown()).toMatchObject([{ seen: 0, state: 'closed' }]);
  });

  it('comes to the same in any order, however often it is told, and never to more than its limit', async () => {
    const told = fc.array(fc.constantFrom(...viewIds), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 10 }), told, async (limit, ids) => {
        const results: unknown[] = [];
        for (const order of [ids, ids.toReversed(), [...ids, ...ids]]) {
          await fill(peer, [limit]);
          for (const viewId of order) await tell(peer, { account: self, viewId });
          results.push([shown(), keys()]);
        }
        const seen = Math.min(limit, new Set(ids).size);
        expect(results[0]).toMatchObject([
          [{ seen, state: seen < limit ? 'closed' : 'over' }],
          [seen < limit],
        ]);
        expect(results[1]).toEqual(results[0]);
        expect(results[2]).toEqual(results[0]);
      }),
      { numRuns: 30 },
    );
  });

  it('a flood of them is not kept', async () => {
    await tell(peer, ...viewIds.map((viewId) => ({ account: self, viewId })));
    const rows = database.read((sql) => sql.all('SELECT * FROM attachment_view'));
    expect(rows).toHaveLength(limits.viewsPerAttachment);
  });

  it('each file of a message ends by its own limit, and what has none stays', async () => {
    await fill(peer, [1, 0, 3]);
    await tell(peer, { account: self, viewId: viewIds[0]! });
    expect(shown()).toMatchObject([{ state: 'over' }, null, { state: 'closed', seen: 1 }]);
    expect(keys()).toEqual([false, true, true]);
  });
});

describe('of an own file', () => {
  beforeEach(() => fill(self, [2]));

  it('only those who were there count, and it goes once they have looked as often as they may', async () => {
    await tell(self, ...viewIds.map((viewId) => ({ account: stranger, viewId })));
    await tell(self, ...viewIds.map((viewId) => ({ account: self, viewId })));
    expect(shown()).toEqual([{ limit: 2, state: 'closed', seen: 0, viewers: 0, recipients: 1 }]);
    await tell(self, { account: peer, viewId: viewIds[0]! }, { account: peer, viewId: viewIds[0]! });
    expect(shown()).toEqual([{ limit: 2, state: 'closed', seen: 1, viewers: 1, recipients: 1 }]);
    expect(keys()).toEqual([true]);
    await tell(self, ...viewIds.map((viewId) => ({ account: peer, viewId })));
    expect(shown()).toEqual([{ limit: 2, state: 'over', seen: 2, viewers: 1, recipients: 1 }]);
    expect(keys()).toEqual([false]);
    const released = () => database.read((sql) => sql.all('SELECT seq, for_account FROM blob_release'));
    expect(released()).toEqual([{ seq: 1, for_account: 0 }]);
  });

  it('the server keeps a message’s files while one of them can still be looked at', async () => {
    await fill(self, [1, 0]);
    await tell(self, { account: peer, viewId: viewIds[0]! });
    expect(keys()).toEqual([false, true]);
    expect(database.read((sql) => sql.all('SELECT * FROM blob_release'))).toEqual([]);
  });
});
