/** What this account asked a conversation's timer to be, until the policy has it (spec/disappearing.md, "Timer"). */
import type { TimerProblem } from '../apiDisappearing.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

export interface TimerWish {
  readonly seconds: number;
  /** It is not tried again by itself. */
  readonly problem: TimerProblem | null;
}

export function readTimerWish(sql: Sql, conversation: ConversationKey): TimerWish | null {
  const row = sql.get('SELECT seconds, problem FROM timer_wish WHERE conversation = ?', conversation);
  if (row === undefined) return null;
  const problem = row.problem as TimerProblem['kind'] | null;
  return { seconds: row.seconds as number, problem: problem === null ? null : { kind: problem } };
}

/** It takes the place of one before it. */
export function storeTimerWish(sql: Sql, conversation: ConversationKey, wish: TimerWish): void {
  sql.run(
    'INSERT OR REPLACE INTO timer_wish (conversation, seconds, problem) VALUES (?, ?, ?)',
    conversation,
    wish.seconds,
    wish.problem?.kind ?? null,
  );
}

export function deleteTimerWish(sql: Sql, conversation: ConversationKey): void {
  sql.run('DELETE FROM timer_wish WHERE conversation = ?', conversation);
}
