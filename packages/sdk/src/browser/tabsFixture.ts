/**
 * Stands in for the engine in `tabs.browser.test.ts`: a notebook in a device database, which can be told to die with
 * a command half done. Only what the tests of tabs use does anything.
 */
import { type MessageView, plainText, untouched } from '@sotto/client/api';
import type { ConversationId, TransactionId } from '@sotto/protocol';
import { createStoppedApi } from '../stoppedApi.ts';
import type { LeadingEngine } from './leadInTurn.ts';
import { loadSqlite } from './loadSqlite.ts';
import { openOpfsDatabase, openOpfsPool } from './opfsDatabase.ts';

/** A text that is stored, and never answered. */
export const unanswered = 'stored, and then silence';

export async function openNotebook(): Promise<LeadingEngine> {
  const sqlite = await loadSqlite();
  const database = await openOpfsDatabase(sqlite, await openOpfsPool(sqlite, 'notebook'));
  await database.transaction((sql) =>
    sql.run('CREATE TABLE IF NOT EXISTS note (messageOrder INTEGER PRIMARY KEY, id TEXT UNIQUE, text TEXT)'),
  );
  const read = (conversationId: ConversationId): MessageView[] =>
    database.read((sql) =>
      sql.all('SELECT messageOrder, id, text FROM note ORDER BY messageOrder').map((row) => ({
        messageId: row.id as TransactionId,
        conversationId,
        order: row.messageOrder as number,
        sender: {
          accountId: conversationId as string as MessageView['sender']['accountId'],
          username: 'mira',
        },
        mine: true,
        sentAtMs: 0,
        state: 'sent',
        body: { kind: 'text', text: row.text as string, ...plainText },
        ...untouched,
      })),
    );
  const watches = new Set<() => void>();
  const stopped = createStoppedApi('storageUnavailable');
  const api: LeadingEngine['api'] = {
    ...stopped,
    async sendText(conversationId, text, messageId) {
      if (messageId === undefined) throw new Error('a text without an id');
      const isKnown = read(conversationId).some((note) => note.messageId === messageId);
      await database.transaction((sql) =>
        sql.run('INSERT OR IGNORE INTO note (id, text) VALUES (?, ?)', messageId, text),
      );
      for (const tell of watches) tell();
      if (text === unanswered && !isKnown) await new Promise<never>(() => {});
      return { kind: 'ok', value: messageId };
    },
    readMessages: async ({ conversationId }) => ({
      messages: read(conversationId),
      hasOlder: false,
      hasNewer: false,
    }),
    watch(view, listener) {
      if (view.kind !== 'messages') return stopped.watch(view, listener);
      const { conversationId } = view as unknown as { conversationId: ConversationId };
      const tell = (): void =>
        (listener as (value: unknown) => void)({ changed: read(conversationId), removed: [] });
      tell();
      watches.add(tell);
      return () => void watches.delete(tell);
    },
  };
  return { api, hurry: () => {} };
}
