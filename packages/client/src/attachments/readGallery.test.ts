/** What the gallery of a conversation finds, page by page. */
import { loadNodeProvider } from '@sotto/primitives/node';
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import { beforeEach, expect, it } from 'vitest';
import type { AttachmentKind } from '../api.ts';
import { type ConversationKey, insertConversation } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { insertMessage } from '../messages/messageTable.ts';
import type { ClientDatabase } from '../ports.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { newAttachment } from './attachmentContent.ts';
import { insertAttachments } from './attachmentTable.ts';
import { readGallery } from './readGallery.ts';

const provider = await loadNodeProvider();
const none = new Uint8Array(0);
let database: ClientDatabase;
let conversations: ConversationKey[];

beforeEach(async () => {
  database = new TestDisk().open();
  await migrate(database);
  conversations = await database.transaction((sql) =>
    ['03', '04'].map(
      (id) =>
        insertConversation(sql, {
          conversationId: id.repeat(16) as ConversationId,
          logId: null,
          peerId: '02'.repeat(16) as AccountId,
          state: 'ready',
          lastActivityMs: 0,
        }).key,
    ),
  );
});

interface Said {
  readonly text?: string;
  readonly files?: readonly (AttachmentKind | 'once')[];
  readonly bodyKind?: 'text' | 'deleted' | 'notice';
  readonly conversation?: number;
}
const say = (order: number, { text = '', files = [], bodyKind = 'text', conversation = 0 }: Said) =>
  database.transaction((sql) => {
    const messageId = order.toString(16).padStart(32, '0') as TransactionId;
    const key = conversations[conversation]!;
    insertMessage(sql, key, {
      order,
      messageId,
      senderId: '02'.repeat(16) as AccountId,
      senderDevice: '05'.repeat(16) as DeviceId,
      sentAtMs: order * 1000,
      state: 'received',
      bodyKind,
      detail: text,
    });
    const contents = files.map((file) => {
      const kind = file === 'once' ? 'photo' : file;
      const source = new Blob(['x']);
      const said = { source, kind, name: 'n', mediaType: '', width: 1, height: 1, durationMs: 1 };
      const small = { thumbnail: none, placeholder: none, waveform: none, views: file === 'once' ? 1 : 0 };
      return newAttachment(provider, { ...said, ...small });
    });
    insertAttachments(sql, key, messageId, contents);
  });
const find = (kind: 'media' | 'files' | 'links' | 'voice', limit = 100, beforeOrder?: number) =>
  database
    .read((sql) =>
      readGallery(sql, conversations[0]!, {
        kind,
        limit,
        ...(beforeOrder === undefined ? {} : { beforeOrder }),
      }),
    )
    .map(({ order }) => order);

it('tells media, files, voice and links apart, the newest first, each message once', async () => {
  await say(1, { files: ['photo', 'video', 'photo'] });
  await say(2, { files: ['file'], text: 'see https://sotto.example/page' });
  await say(3, { files: ['voice'] });
  await say(4, { files: ['audio', 'photo'] });
  await say(5, { text: 'http://plain.example and more' });
  await say(6, { text: 'no link: https:// alone, ftp://other' });
  await say(7, { files: ['once'] });
  await say(8, { bodyKind: 'notice', text: 'https://in.a/notice' });
  await say(9, { bodyKind: 'deleted', text: 'https://of.who/deleted' });
  await say(10, { files: ['photo', 'file', 'voice'], text: 'https://other.chat', conversation: 1 });
  expect(find('media')).toEqual([4, 1]);
  expect(find('files')).toEqual([4, 2]);
  expect(find('voice')).toEqual([3]);
  expect(find('links')).toEqual([5, 2]);
});

it.each([
  ['media', ['photo']],
  ['files', ['file']],
  ['voice', ['voice']],
  ['links', []],
] as const)('gives all of %s page by page, none twice and none left out', async (kind, files) => {
  const expected: number[] = [];
  for (let order = 1; order <= 25; order++) {
    const isFound = order % 3 !== 0;
    if (isFound) expected.unshift(order);
    await say(
      order,
      isFound ? { files, text: kind === 'links' ? `https://a.b/${order}` : '' } : { text: 'none' },
    );
  }
  const found: number[] = [];
  let before: number | undefined;
  for (let pages = 0; pages < 10; pages++) {
    const page = find(kind, 4, before);
    // One more than asked for says that there are older ones.
    expect(page.length).toBeLessThanOrEqual(5);
    found.push(...page.slice(0, 4));
    before = page[3];
    if (page.length <= 4) break;
  }
  expect(found).toEqual(expected);
  expect(find(kind, 4, 1)).toEqual([]);
});
