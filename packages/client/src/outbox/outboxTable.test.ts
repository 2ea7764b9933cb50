import { create, toBinary } from '@bufbuild/protobuf';
import { loadNodeProvider } from '@sotto/primitives/node';
import {
  type AccountId,
  type ConversationId,
  MessageEntrySchema,
  PassingEntrySchema,
  type TransactionId,
} from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { insertUpload } from '../attachments/uploadTable.ts';
import { insertConversation } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import type { DecodedEntry } from '../sync/entry.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { insertOutboxItem, isAsSealed, nextOutboxItem, type SealedMessage } from './outboxTable.ts';

const provider = await loadNodeProvider();
const body = Uint8Array.of(1, 2, 3);
const live = Uint8Array.of(4, 5);
const sealed: SealedMessage = { epoch: 7, body, live, kept: null, isPassing: true };

function entryOf(
  message: { body: Uint8Array; live: Uint8Array },
  epoch = 7n,
): Pick<DecodedEntry, 'epoch' | 'kind' | 'isPassing'> {
  const bytes = toBinary(MessageEntrySchema, create(MessageEntrySchema, message));
  const value = create(PassingEntrySchema, { messageHash: provider.sha256(bytes) });
  return { epoch, kind: { case: 'passing', value }, isPassing: true };
}

describe('an own entry whose content the server has let go of', () => {
  it('is what was sealed where its hash is of that', () => {
    expect(isAsSealed(provider, { sealed }, entryOf({ body, live }))).toBe(true);
  });

  it('is something else where its hash, its epoch or its kind is another', () => {
    expect(isAsSealed(provider, { sealed }, entryOf({ body, live: body }))).toBe(false);
    expect(isAsSealed(provider, { sealed }, entryOf({ body, live }, 8n))).toBe(false);
    const lasting = { ...sealed, isPassing: false };
    expect(isAsSealed(provider, { sealed: lasting }, entryOf({ body, live }))).toBe(false);
    expect(isAsSealed(provider, { sealed: null }, entryOf({ body, live }))).toBe(false);
  });
});

describe('the next item', () => {
  it('is what is said of a call, before texts, and before files that are uploaded', async () => {
    const database = new TestDisk().open();
    await migrate(database);
    const content = new Uint8Array(0);
    const idOf = (name: string) => name.repeat(16) as TransactionId;
    const next = await database.transaction((sql) => {
      const conversationId = 'c0'.repeat(16) as ConversationId;
      const { key } = insertConversation(sql, {
        conversationId,
        logId: conversationId,
        peerId: 'b0'.repeat(16) as AccountId,
        state: 'ready',
        lastActivityMs: 0,
      });
      insertOutboxItem(sql, key, { transactionId: idOf('a1'), kind: 'text', content });
      const upload = { messageId: idOf('a1'), position: 0, state: 'staged', file: 'one' } as const;
      insertUpload(sql, { ...upload, conversation: key, sealedSizeBytes: 1_000_000 });
      insertOutboxItem(sql, key, { transactionId: idOf('a2'), kind: 'text', content });
      insertOutboxItem(sql, key, { transactionId: idOf('a3'), kind: 'call', content });
      insertOutboxItem(sql, key, { transactionId: idOf('a4'), kind: 'call', content });
      return nextOutboxItem(sql, key, 0);
    });
    expect(next?.transactionId).toBe(idOf('a3'));
  });
});
