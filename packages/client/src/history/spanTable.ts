import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

/** Entries `fromSeq` to `toSeq` of a log, both included. */
export interface Span {
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** Entries whose effects are here from now on; joined with spans that they touch or overlap. */
export function addSpan(sql: Sql, conversation: ConversationKey, span: Span): void {
  if (span.toSeq < span.fromSeq) return;
  const touching = sql.get(
    `SELECT min(from_seq) AS from_seq, max(to_seq) AS to_seq FROM log_span
     WHERE conversation = ? AND from_seq <= ? AND to_seq >= ?`,
    conversation,
    span.toSeq + 1,
    span.fromSeq - 1,
  );
  const fromSeq = Math.min(span.fromSeq, (touching?.from_seq as number | null) ?? span.fromSeq);
  const toSeq = Math.max(span.toSeq, (touching?.to_seq as number | null) ?? span.toSeq);
  sql.run(
    'DELETE FROM log_span WHERE conversation = ? AND from_seq BETWEEN ? AND ?',
    conversation,
    fromSeq,
    toSeq,
  );
  sql.run('INSERT INTO log_span VALUES (?, ?, ?)', conversation, fromSeq, toSeq);
}

/** The newest span that begins below `beforeSeq`, or null. */
export function spanBelow(sql: Sql, conversation: ConversationKey, beforeSeq: number): Span | null {
  const row = sql.get(
    'SELECT from_seq, to_seq FROM log_span WHERE conversation = ? AND from_seq < ? ORDER BY from_seq DESC LIMIT 1',
    conversation,
    beforeSeq,
  );
  return row === undefined ? null : { fromSeq: row.from_seq as number, toSeq: row.to_seq as number };
}

/** The span that follows one that ends at `toSeq`, or null. */
export function spanAbove(sql: Sql, conversation: ConversationKey, toSeq: number): Span | null {
  const row = sql.get(
    'SELECT from_seq, to_seq FROM log_span WHERE conversation = ? AND from_seq > ? ORDER BY from_seq LIMIT 1',
    conversation,
    toSeq,
  );
  return row === undefined ? null : { fromSeq: row.from_seq as number, toSeq: row.to_seq as number };
}

/** These entries are not here any more: they are to be read again. */
export function cutSpan(sql: Sql, conversation: ConversationKey, cut: Span): void {
  const touched = sql.all(
    'SELECT from_seq, to_seq FROM log_span WHERE conversation = ? AND from_seq <= ? AND to_seq >= ?',
    conversation,
    cut.toSeq,
    cut.fromSeq,
  );
  for (const row of touched) {
    const [fromSeq, toSeq] = [row.from_seq as number, row.to_seq as number];
    sql.run('DELETE FROM log_span WHERE conversation = ? AND from_seq = ?', conversation, fromSeq);
    addSpan(sql, conversation, { fromSeq, toSeq: cut.fromSeq - 1 });
    addSpan(sql, conversation, { fromSeq: cut.toSeq + 1, toSeq });
  }
}
