/** When messages begin to run down, and when the first of them is gone (spec/disappearing.md, "Clocks"). */
import type { TransactionId } from '@sotto/protocol';
import { type ConversationKey, conversationByKey } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import type { Sql } from '../ports.ts';
import type { DisplayedStep } from './displayed.ts';

/** An own message was sent at this time, by the server's. */
export function startSent(sql: Sql, conversation: ConversationKey, id: TransactionId, atMs: number): void {
  sql.run(
    `UPDATE message SET expires_at_ms = ?1 + timer_seconds * 1000
     WHERE conversation = ?2 AND message_id = ?3 AND timer_seconds > 0 AND expires_at_ms IS NULL`,
    atMs,
    conversation,
    id,
  );
}

/** Of those that begin to run so many are told one by one, the newest: no page has more of them loaded. */
const toldLimit = 500;

/** Messages of others up to `throughSeq` were first shown at this time, or before: those that run by it are told. */
export function startDisplayed(
  sql: Sql,
  changes: Changes,
  conversation: ConversationKey,
  throughSeq: number,
  atMs: number,
): void {
  const begun = `conversation = ?2 AND ord <= ?3 AND timer_seconds > 0 AND state = 'received'
    AND (expires_at_ms IS NULL OR expires_at_ms > ?1 + timer_seconds * 1000)`;
  const told = sql.all(
    `SELECT message_id FROM message WHERE ${begun} ORDER BY ord DESC LIMIT ${toldLimit}`,
    atMs,
    conversation,
    throughSeq,
  );
  const row = told.length === 0 ? null : conversationByKey(sql, conversation);
  if (row === null) return;
  sql.run(
    `UPDATE message SET expires_at_ms = ?1 + timer_seconds * 1000 WHERE ${begun}`,
    atMs,
    conversation,
    throughSeq,
  );
  for (const { message_id: id } of told) changes.message(row.conversationId, id as TransactionId);
  changes.deadline();
}

/** The same of all that the account's devices say. Nothing was shown later than now, whatever clock a device has. */
export function startShown(
  sql: Sql,
  changes: Changes,
  conversation: ConversationKey,
  { readSeq, displayed }: { readonly readSeq: number; readonly displayed: readonly DisplayedStep[] },
  nowMs: number,
): void {
  for (const { throughSeq, atMs } of displayed) {
    startDisplayed(sql, changes, conversation, throughSeq, Math.min(atMs, nowMs));
  }
  // What another device counted as read without having it to show.
  if (awaitsDisplay(sql, conversation, readSeq)) startDisplayed(sql, changes, conversation, readSeq, nowMs);
}

/** Whether messages of others up to `throughSeq` were never shown, and will disappear once they are. */
export function awaitsDisplay(sql: Sql, conversation: ConversationKey, throughSeq: number): boolean {
  return (
    sql.get(
      `SELECT 1 FROM message WHERE conversation = ? AND ord <= ? AND timer_seconds > 0 AND expires_at_ms IS NULL
         AND state = 'received' LIMIT 1`,
      conversation,
      throughSeq,
    ) !== undefined
  );
}

/** It is earlier than a device took it for: nothing stays longer from now than its timer says. */
export function boundDeadlines(sql: Sql, nowMs: number): void {
  // Found in the index alone, however many run down.
  sql.run(
    `UPDATE message SET expires_at_ms = ?1 + timer_seconds * 1000 WHERE (conversation, ord) IN
       (SELECT conversation, ord FROM message
        WHERE expires_at_ms IS NOT NULL AND expires_at_ms > ?1 + timer_seconds * 1000)`,
    nowMs,
  );
}

/** When the next message is gone, by the server's time; null where none runs. */
export function nextDeadlineMs(sql: Sql): number | null {
  const row = sql.get('SELECT min(expires_at_ms) AS next FROM message WHERE expires_at_ms IS NOT NULL');
  return (row?.next as number | null | undefined) ?? null;
}
