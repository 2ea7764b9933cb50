import type { ConversationRow } from '../conversations/conversationTable.ts';
import { readTimerWish } from '../disappearing/timerWishTable.ts';
import { textSizeBytes } from '../messages/textContent.ts';
import { draftSizeBytes } from '../ownState/conversationState.ts';
import { changeOwnState, nextChangeMs, readOwnState } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';

/** What is written for a conversation whose messages disappear stays here: items last, and their keys with them. */
export function isDraftOnlyHere(
  sql: Sql,
  row: Pick<ConversationRow, 'key' | 'timerSeconds'>,
  text: string,
): boolean {
  if (textSizeBytes(text) > draftSizeBytes || row.timerSeconds > 0) return true;
  return (readTimerWish(sql, row.key)?.seconds ?? 0) > 0;
}

/** The account's other devices are to have what is being written; of what stays here, that there is nothing of it. */
export function tellDraft(
  sql: Sql,
  row: ConversationRow,
  draft: { readonly text: string; readonly replyTo: string },
  nowMs: number,
  dueAtMs: number,
): void {
  const isOnlyHere = isDraftOnlyHere(sql, row, draft.text);
  const told = isOnlyHere ? { text: '', replyTo: '' } : draft;
  const known = readOwnState(sql, row).draft;
  if (isOnlyHere && known.text === '' && known.replyTo === '') return;
  changeOwnState(sql, row, { draft: { changedAtMs: nextChangeMs(sql, nowMs), ...told } }, dueAtMs);
}
