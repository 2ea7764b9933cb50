import { loadNodeProvider } from '@sotto/primitives/node';
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ConversationRow,
  findConversation,
  insertConversation,
} from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { Changes } from '../device/changes.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { applyHistoryChange, placeHistoryText } from '../history/storePage.ts';
import { type ChangeContent, isChange } from '../messages/content.ts';
import { everyone, type Mention } from '../messages/mentions.ts';
import type { MessageRef } from '../messages/messageRef.ts';
import type { MessageRules } from '../messages/messageRules.ts';
import { findMessage, hasMessageAt, readMessagesAfter } from '../messages/messageTable.ts';
import { noParts, type TextContent } from '../messages/textContent.ts';
import type { ClientDatabase, Sql } from '../ports.ts';
import { applyEntries } from '../sync/applyEntries.ts';
import type { EntryEffect } from '../sync/readEntries.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { messageViews } from '../views/messageViews.ts';
import { versionsOf } from './shownText.ts';

const provider = await loadNodeProvider();
const id = (text: string): string => text.repeat(16);
const self = id('50') as AccountId;
const owner = id('a0') as AccountId;
const member = id('b0') as AccountId;
const devices = [
  // Another device of this account, two of the owner, and one of a member.
  { accountId: self, deviceId: id('51') as DeviceId },
  { accountId: owner, deviceId: id('a1') as DeviceId },
  { accountId: owner, deviceId: id('a2') as DeviceId },
  { accountId: member, deviceId: id('b1') as DeviceId },
];
/** As in a group whose owner alone pins and deletes what others said. */
const rules: MessageRules = { may: (accountId, right) => right === 'send' || accountId === owner };
const device = {
  self: { accountId: self, deviceId: id('52') as DeviceId },
  clock: { now: () => 1_700_000_000_000 },
  provider,
} as unknown as DeviceContext;

type Said = ({ readonly kind: 'text' } & TextContent) | ChangeContent;
interface Line {
  readonly seq: number;
  readonly transactionId: TransactionId;
  readonly sender: (typeof devices)[number];
  readonly said: Said;
}

let database: ClientDatabase;
let conversations = 0;
beforeAll(async () => {
  database = new TestDisk().open();
  await migrate(database);
});

function newConversation(sql: Sql): ConversationRow {
  conversations += 1;
  const conversationId = conversations.toString(16).padStart(32, '0') as ConversationId;
  const row = {
    conversationId,
    logId: conversationId,
    peerId: owner,
    state: 'ready',
    lastActivityMs: 0,
  } as const;
  return insertConversation(sql, row);
}

function effectOf({ seq, transactionId, sender, said }: Line) {
  const entry = {
    seq,
    acceptedAtMs: seq,
    transactionId,
    sender,
    epoch: 1n,
    kind: { case: undefined },
    isPassing: false,
    prevHash: null,
  } as const;
  return {
    ...said,
    sentAtMs: seq,
    seen: null,
    timerSeconds: 0,
    sender,
    rules,
    entry,
    bytes: new Uint8Array(0),
  };
}

function live(sql: Sql, row: ConversationRow, lines: readonly Line[]): void {
  const effects: EntryEffect[] = lines.map(effectOf);
  applyEntries(device, sql, new Changes(), row.key, effects);
}

/** As a page of history does it. */
function past(sql: Sql, row: ConversationRow, line: Line): void {
  const effect = effectOf(line);
  if (isChange(effect)) {
    applyHistoryChange(device, sql, new Changes(), row, effect);
    return;
  }
  if (hasMessageAt(sql, row.key, line.seq)) return;
  const isFree = findMessage(sql, row.key, line.transactionId) === null;
  const messageId = isFree ? line.transactionId : (provider.randomBytes(16).toHex() as TransactionId);
  placeHistoryText(device, sql, new Changes(), row, effect, messageId);
}

/** Everything that a device shows of a thread, but for the ids that it gave itself. */
function shown(sql: Sql, { conversationId }: ConversationRow): unknown {
  const row = findConversation(sql, conversationId)!;
  const names = {
    self,
    now: () => 0,
    serverNow: () => 0,
    account: (accountId: AccountId) => ({ accountId, username: '' }),
  };
  const rows = readMessagesAfter(sql, row.key, 0, 500);
  const versions = rows.map((one) => versionsOf(sql, row.key, one));
  const views = messageViews(names, sql, row, rows).map(({ messageId: _, conversationId: __, ...view }) => {
    if (view.body.kind !== 'text' || view.body.replyTo?.kind !== 'message') return view;
    const { messageId: ___, ...replyTo } = view.body.replyTo;
    return { ...view, body: { ...view.body, replyTo } };
  });
  const counted = sql.get(
    "SELECT count(*) AS n FROM message WHERE conversation = ? AND state = 'received' AND body_kind = 'text'",
    row.key,
  );
  return {
    views,
    versions,
    unread: counted?.n,
    mentions: rows.filter(({ mentionsSelf }) => mentionsSelf).length,
  };
}

const transactionId = fc.constantFrom('01', '02', '03').map((one) => id(one) as TransactionId);
const ref: fc.Arbitrary<MessageRef> = fc.record({
  accountId: fc.constantFrom(self, owner, member),
  transactionId: fc.oneof({ weight: 5, arbitrary: transactionId }, fc.constant(id('0f') as TransactionId)),
});
const mentions: fc.Arbitrary<readonly Mention[]> = fc.constantFrom(
  [],
  [{ start: 0, length: 1, accountId: self }],
  [{ start: 0, length: 1, accountId: everyone }],
);
const text: fc.Arbitrary<Said> = fc
  .record({
    text: fc.constantFrom('one', 'two', 'three'),
    replyTo: fc.option(ref, { freq: 3 }),
    mentions,
  })
  .map((parts) => ({ kind: 'text', ...noParts, attachments: [], stickerImage: null, ...parts }));
const change: fc.Arbitrary<Said> = fc.oneof(
  fc.record({ kind: fc.constant('reaction' as const), message: ref, emoji: fc.constantFrom('👍', '❤️', '') }),
  fc.record({
    kind: fc.constant('edit' as const),
    message: ref,
    // One that would take the whole text away does nothing.
    text: fc.constantFrom('changed', 'changed again', ''),
    mentions,
  }),
  fc.record({ kind: fc.constant('deletion' as const), message: ref }),
  fc.record({ kind: fc.constant('pin' as const), message: ref, pinned: fc.boolean() }),
);
const sender = fc.constantFrom(...devices);

/** A log: texts whose ids others may have chosen too, and changes of them, some of which come a second time. */
const log: fc.Arbitrary<readonly Line[]> = fc
  .record({
    texts: fc.uniqueArray(fc.record({ sender, transactionId, said: text }), {
      selector: (one) => one.sender.deviceId + one.transactionId,
      minLength: 2,
      maxLength: 8,
    }),
    changes: fc.array(fc.record({ sender, said: change, isRepeated: fc.boolean() }), {
      minLength: 4,
      maxLength: 16,
    }),
    seed: fc.infiniteStream(fc.nat()),
  })
  .map(({ texts, changes, seed }) => {
    const changed = changes.flatMap(({ isRepeated, ...one }, at) => {
      const line = { ...one, transactionId: (at + 100).toString(16).padStart(32, '0') as TransactionId };
      return isRepeated ? [line, line] : [line];
    });
    return [...texts, ...changed]
      .map((line) => ({ line, place: seed.next().value }))
      .sort((a, b) => a.place - b.place)
      .map(({ line }, at) => ({ ...line, seq: at + 1 }));
  });

describe('a thread', () => {
  it('is the same in whatever order, and by whichever of log and history, its entries come', async () => {
    await fc.assert(
      fc.asyncProperty(log, fc.infiniteStream(fc.nat()), fc.nat(), async (lines, order, cutAt) => {
        await database.transaction((sql) => {
          const inOrder = newConversation(sql);
          live(sql, inOrder, lines);
          const expected = shown(sql, inOrder);

          const backwards = newConversation(sql);
          for (const line of lines.toReversed()) past(sql, backwards, line);
          expect(shown(sql, backwards)).toEqual(expected);

          // The newest from the log, the rest from history, in any order and some of it twice.
          const mixed = newConversation(sql);
          const cut = cutAt % (lines.length + 1);
          const older = lines
            .slice(0, cut)
            .map((line) => ({ line, place: order.next().value }))
            .sort((a, b) => a.place - b.place)
            .map(({ line }) => line);
          const before = older.slice(0, Math.floor(cut / 2));
          for (const line of before) past(sql, mixed, line);
          live(sql, mixed, lines.slice(cut));
          for (const line of older.slice(before.length)) past(sql, mixed, line);
          for (const line of before) past(sql, mixed, line);
          expect(shown(sql, mixed)).toEqual(expected);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('has a mention of everyone only where its author may make it, from the log and from history', async () => {
    const toAll = [{ start: 0, length: 1, accountId: everyone }];
    const lineBy = (at: number, seq: number, said: Said): Line => {
      const transactionId = id(`1${seq}`) as TransactionId;
      return { seq, transactionId, sender: devices[at]!, said };
    };
    const say = (text: string, mentions: readonly Mention[]): Said => {
      return { kind: 'text', ...noParts, attachments: [], stickerImage: null, text, mentions };
    };
    const edited = { accountId: member, transactionId: id('13') as TransactionId };
    const lines = [
      lineBy(1, 1, say('by the owner', toAll)),
      lineBy(3, 2, say('by a member', toAll)),
      lineBy(3, 3, say('by a member, later', [])),
      lineBy(3, 4, { kind: 'edit', message: edited, text: 'again', mentions: toAll }),
    ];
    await database.transaction((sql) => {
      const rows = [newConversation(sql), newConversation(sql)] as const;
      live(sql, rows[0], lines);
      for (const line of lines) past(sql, rows[1], line);
      for (const row of rows) {
        expect(shown(sql, row)).toMatchObject({
          mentions: 1,
          views: [
            { body: { mentions: [{ account: null }] } },
            { body: { mentions: [] } },
            { body: { text: 'again', mentions: [] } },
          ],
        });
      }
    });
  });
});
