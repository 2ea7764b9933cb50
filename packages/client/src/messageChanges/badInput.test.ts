import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ConversationRow, insertConversation } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { Changes } from '../device/changes.ts';
import type { ChangeContent } from '../messages/content.ts';
import type { MessageRef } from '../messages/messageRef.ts';
import type { MessageRules } from '../messages/messageRules.ts';
import { insertMessage, readMessagesAfter } from '../messages/messageTable.ts';
import type { ClientDatabase, Sql } from '../ports.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { messageViews } from '../views/messageViews.ts';
import { applyChange } from './applyChange.ts';
import { editsLimit, pinsLimit } from './messageChangeTable.ts';
import { pinnedMessages } from './pinnedMessages.ts';
import { shownText, versionsOf } from './shownText.ts';

const self = '50'.repeat(16) as AccountId;
const anna = 'a0'.repeat(16) as AccountId;
const device = 'd0'.repeat(16) as DeviceId;
const numbered = <Id extends string>(number: number): Id => number.toString(16).padStart(32, '0') as Id;
const all: MessageRules = { may: () => true };
const none: MessageRules = { may: () => false };

let disk: TestDisk;
let database: ClientDatabase;
let row: ConversationRow;
let seq = 0;

beforeEach(async () => {
  seq = 0;
  disk = new TestDisk();
  database = disk.open();
  await migrate(database);
  row = await database.transaction((sql) =>
    insertConversation(sql, {
      conversationId: '01'.repeat(16) as ConversationId,
      logId: '02'.repeat(16) as ConversationId,
      peerId: anna,
      state: 'ready',
      lastActivityMs: 0,
    }),
  );
});

function say(sql: Sql, senderId: AccountId, text: string, replyTo: MessageRef | null = null): MessageRef {
  seq += 1;
  const ref = { accountId: senderId, transactionId: numbered<TransactionId>(seq) };
  const parts = { mentions: [], sticker: null, preview: null, forwarded: false, silent: false };
  insertMessage(sql, row.key, {
    order: seq,
    messageId: ref.transactionId,
    senderId,
    senderDevice: device,
    sentAtMs: seq,
    state: senderId === self ? 'sent' : 'received',
    ...shownText(sql, self, row.key, ref, { ...parts, text, replyTo, attachments: [], stickerImage: null }),
  });
  return ref;
}

function change(sql: Sql, authorId: AccountId, content: ChangeContent, rules = all): void {
  seq += 1;
  const scene = { sql, changes: new Changes(), self, row };
  const transactionId = numbered<TransactionId>(seq);
  applyChange(scene, rules, { seq, transactionId, authorId, authorDevice: device, atMs: seq, content });
}

const names = {
  now: () => 0,
  serverNow: () => 0,
  self,
  account: (accountId: AccountId) => ({ accountId, username: '' }),
};
const page = (sql: Sql, after = 0, limit = 500) =>
  messageViews(names, sql, row, readMessagesAfter(sql, row.key, after, limit));

describe('what members may not do', () => {
  it('does nothing: edits, deletions and pins of what others said', async () => {
    await database.transaction((sql) => {
      const message = say(sql, anna, 'Mine');
      change(sql, self, { kind: 'edit', message, text: 'Not mine', mentions: [] });
      change(sql, self, { kind: 'deletion', message }, none);
      change(sql, self, { kind: 'pin', message, pinned: true }, none);
      expect(page(sql)).toMatchObject([{ body: { text: 'Mine' }, editedAtMs: null, pinned: false }]);
      expect(sql.all('SELECT * FROM message_change')).toEqual([]);
      change(sql, self, { kind: 'deletion', message });
      expect(page(sql)).toMatchObject([{ body: { kind: 'deleted', by: { accountId: self } } }]);
    });
  });
});

describe('reactions', () => {
  it('to what does not exist show nowhere, and on the message once it comes', async () => {
    await database.transaction((sql) => {
      const message = { accountId: anna, transactionId: numbered<TransactionId>(3) };
      change(sql, self, { kind: 'reaction', message, emoji: '👍' });
      change(sql, self, {
        kind: 'reaction',
        message: { ...message, transactionId: numbered<TransactionId>(999) },
        emoji: '👎',
      });
      expect(page(sql)).toEqual([]);
      expect(say(sql, anna, 'Here')).toEqual(message);
      expect(page(sql)).toMatchObject([{ reactions: [{ emoji: '👍', mine: true }] }]);
    });
  });

  it('in a flood of 10,000 leave one of each account, and 64 emoji at most', async () => {
    await database.transaction((sql) => {
      const message = say(sql, anna, 'Popular');
      for (let at = 0; at < 8_000; at++) {
        change(sql, anna, { kind: 'reaction', message, emoji: at % 2 === 0 ? '👍' : '🎉' });
      }
      for (let at = 0; at < 2_000; at++) {
        const emoji = String.fromCodePoint(0x1f600 + (at % 70));
        change(sql, numbered<AccountId>(at % 1_000), { kind: 'reaction', message, emoji });
      }
      expect(sql.get('SELECT count(*) AS n FROM message_change')?.n).toBe(64 + 2_000);
      const [view] = page(sql);
      expect(view?.reactions).toHaveLength(64);
      expect(sql.all('SELECT emoji FROM reaction WHERE account_id = ?', anna)).toEqual([{ emoji: '🎉' }]);
    });
  });
});

describe('replies', () => {
  it('that go in a circle, to themselves or to what was deleted show what is there', async () => {
    await database.transaction((sql) => {
      const next = (ahead: number): MessageRef => ({
        accountId: anna,
        transactionId: numbered<TransactionId>(seq + ahead),
      });
      const first = say(sql, anna, 'First', next(2));
      say(sql, anna, 'Second', first);
      say(sql, anna, 'To itself', next(1));
      change(sql, anna, { kind: 'deletion', message: first });
      say(sql, self, 'Missing', next(50));
      expect(page(sql).map(({ body }) => body)).toMatchObject([
        { kind: 'deleted' },
        { text: 'Second', replyTo: { kind: 'deleted' } },
        { text: 'To itself', replyTo: { kind: 'message', text: 'To itself' } },
        { text: 'Missing', replyTo: { kind: 'missing' } },
      ]);
    });
  });
});

describe('edits', () => {
  it('count up to the fiftieth; the texts that there were can be read', async () => {
    await database.transaction((sql) => {
      const message = say(sql, anna, 'v0');
      for (let at = 1; at <= editsLimit + 10; at++) {
        change(sql, anna, { kind: 'edit', message, text: `v${at}`, mentions: [] });
      }
      expect(page(sql)).toMatchObject([{ body: { text: `v${editsLimit}` } }]);
      const [stored] = readMessagesAfter(sql, row.key, 0, 1);
      expect(versionsOf(sql, row.key, stored!).map(({ text }) => text)).toEqual(
        Array.from({ length: editsLimit + 1 }, (_, at) => `v${at}`),
      );
    });
  });

  it('that leave nothing to see do nothing', async () => {
    await database.transaction((sql) => {
      const message = say(sql, anna, 'Something');
      for (const text of ['', '  \n', '\u200b\u202e\u2066']) {
        change(sql, anna, { kind: 'edit', message, text, mentions: [] });
      }
      expect(page(sql)).toMatchObject([{ body: { text: 'Something' }, editedAtMs: null }]);
    });
  });
});

describe('pins', () => {
  it('in a flood show the latest ones only', async () => {
    await database.transaction((sql) => {
      for (let at = 0; at < pinsLimit + 50; at++) {
        change(sql, anna, { kind: 'pin', message: say(sql, anna, `${at}`), pinned: true });
      }
      const pinned = pinnedMessages(sql, row.key, pinsLimit);
      expect(pinned).toHaveLength(pinsLimit);
      expect(pinned[0]?.detail).toBe(`${pinsLimit + 49}`);
    });
  });
});

describe('ids', () => {
  it('that others have used name their own messages and nobody else’s', async () => {
    await database.transaction((sql) => {
      const message = say(sql, anna, 'The first');
      insertMessage(sql, row.key, {
        order: 50,
        messageId: 'ff'.repeat(16) as TransactionId,
        wireId: message.transactionId,
        senderId: self,
        senderDevice: device,
        sentAtMs: 50,
        state: 'sent',
        bodyKind: 'text',
        detail: 'Under the same id',
      });
      change(sql, self, { kind: 'deletion', message: { ...message, accountId: self } }, none);
      expect(page(sql).map(({ body }) => body)).toMatchObject([{ text: 'The first' }, { kind: 'deleted' }]);
    });
  });
});

describe('a page of a thread', () => {
  it('of 50 messages with all that is done to them takes a few queries', async () => {
    await database.transaction((sql) => {
      let last: MessageRef | null = null;
      for (let at = 0; at < 50; at++) {
        const message: MessageRef = say(sql, anna, `Message ${at}`, last);
        for (let by = 0; by < 10; by++) {
          change(sql, numbered<AccountId>(by), {
            kind: 'reaction',
            message,
            emoji: by % 2 === 0 ? '👍' : '🎉',
          });
        }
        change(sql, anna, { kind: 'edit', message, text: `Edited ${at}`, mentions: [] });
        change(sql, anna, { kind: 'pin', message, pinned: at % 5 === 0 });
        last = message;
      }
      const asked: string[] = [];
      const counting: Sql = {
        ...sql,
        all: (query, ...params) => {
          asked.push(query);
          return sql.all(query, ...params);
        },
      };
      expect(messageViews(names, counting, row, readMessagesAfter(sql, row.key, 0, 50))).toHaveLength(50);
      expect(asked.length).toBeLessThanOrEqual(8);
    });
  });
});
