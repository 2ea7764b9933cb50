/**
 * The full-text index over stored texts (spec/search.md §Index). Invariant: in the transaction that stores or removes a
 * text, its place in the index comes or goes with it. A place grows with the time a text was sent, so the newest are
 * found first without sorting.
 */
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Row, Sql } from '../ports.ts';
import { searchTokens } from './searchTokens.ts';

/** Place of a text in the index: seconds when it was sent, and a count for those of the same second. */
export type SearchPlace = number & { readonly brand: 'searchPlace' };

const placesPerSecond = 2 ** 20;
const lastSecond = 2 ** 32 - 1;

/** For the schema: see database/migrations.ts. */
export const searchMigration = `
ALTER TABLE message ADD COLUMN search_place INTEGER;
CREATE UNIQUE INDEX message_by_search_place ON message (search_place) WHERE search_place IS NOT NULL;
-- Holds no text of its own: rowid is message.search_place, text its tokens, scope the conversation.
CREATE VIRTUAL TABLE message_search USING fts5(
  text, scope, content = '', columnsize = 0, tokenize = 'ascii', prefix = '1 2 3'
);
-- What is deleted leaves the index at once, instead of being marked.
INSERT INTO message_search (message_search, rank) VALUES ('secure-delete', 1);
`;

const scopeOf = (conversation: ConversationKey): string => `c${conversation}`;
const tokensOf = (text: string): string =>
  searchTokens(text)
    .map(({ token }) => token)
    .join(' ');

/** Indexes a text; the place is to be stored as its `search_place`. */
export function indexText(
  sql: Sql,
  conversation: ConversationKey,
  text: string,
  sentAtMs: number,
): SearchPlace {
  const place = freePlace(sql, sentAtMs);
  sql.run(
    'INSERT INTO message_search (rowid, text, scope) VALUES (?, ?, ?)',
    place,
    tokensOf(text),
    scopeOf(conversation),
  );
  return place;
}

/** `text` as it was indexed. */
export function forgetText(sql: Sql, conversation: ConversationKey, place: SearchPlace, text: string): void {
  sql.run(
    `INSERT INTO message_search (message_search, rowid, text, scope) VALUES ('delete', ?, ?, ?)`,
    place,
    tokensOf(text),
    scopeOf(conversation),
  );
}

/** Rows of `message` whose texts meet an FTS5 expression over "text", below `before`, the newest first. */
export function findTexts(
  sql: Sql,
  expression: string,
  wanted: { readonly conversation: ConversationKey | null; readonly before: number; readonly limit: number },
): Row[] {
  const scoped =
    wanted.conversation === null
      ? expression
      : `(${expression}) AND {scope} : "${scopeOf(wanted.conversation)}"`;
  return sql.all(
    `SELECT message.* FROM message_search CROSS JOIN message ON message.search_place = message_search.rowid
     WHERE message_search MATCH ? AND message_search.rowid < ? ORDER BY message_search.rowid DESC LIMIT ?`,
    scoped,
    wanted.before,
    wanted.limit,
  );
}

const batch = 500;

/** Indexes the texts that were stored before there was an index. */
export function indexStoredTexts(sql: Sql): void {
  let after = { conversation: 0, ord: -1 };
  for (;;) {
    const rows = sql.all(
      `SELECT conversation, ord, sent_at_ms, detail FROM message
       WHERE (conversation, ord) > (?, ?) AND body_kind = 'text' ORDER BY conversation, ord LIMIT ?`,
      after.conversation,
      after.ord,
      batch,
    );
    for (const row of rows) {
      const conversation = row.conversation as ConversationKey;
      const place = indexText(sql, conversation, row.detail as string, row.sent_at_ms as number);
      sql.run(
        'UPDATE message SET search_place = ? WHERE conversation = ? AND ord = ?',
        place,
        conversation,
        row.ord as number,
      );
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = { conversation: last.conversation as number, ord: last.ord as number };
  }
}

/** The next place of the second, or of the next one that has room: times come from outside. */
function freePlace(sql: Sql, sentAtMs: number): SearchPlace {
  const wanted = Math.min(Math.max(Math.floor(sentAtMs / 1000) || 0, 0), lastSecond);
  for (let second = wanted; ; second++) {
    const first = second * placesPerSecond;
    const row = sql.get(
      'SELECT max(search_place) AS place FROM message WHERE search_place >= ? AND search_place < ?',
      first,
      first + placesPerSecond,
    );
    const place = row?.place === null || row === undefined ? first : (row.place as number) + 1;
    if (place < first + placesPerSecond) return place as SearchPlace;
  }
}
