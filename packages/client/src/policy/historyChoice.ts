/**
 * What the account wants of history: for all of its conversations, and for single ones; the newer choice counts
 * (spec/history.md, "History off"). Invariant: each choice is put into a conversation's policy once, so devices of an
 * account never undo each other's changes, and what a device knows too little of it turns off at most.
 */
import type { Policy } from '@sotto/crypto';
import type { AccountId, ConversationId } from '@sotto/protocol';
import {
  type ConversationKey,
  type ConversationRow,
  listConversations,
} from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { isPeerReplaced } from '../identity/replacedTable.ts';
import {
  changeOwnState,
  everywhere,
  findOwnItem,
  nextChangeMs,
  readOwnState,
} from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';

export interface HistoryChoice {
  readonly changedAtMs: number;
  readonly off: boolean;
}

const never: HistoryChoice = { changedAtMs: 0, off: false };

/** What was chosen for all conversations. */
export function accountChoice(sql: Sql): HistoryChoice {
  return findOwnItem(sql, everywhere)?.state.history ?? never;
}

/** The choice for a conversation that its policy does not have yet, as far as is known here; null for none. */
export function pendingChoice(sql: Sql, row: ConversationRow): HistoryChoice | null {
  // Nobody is behind it any more, and nothing is sent there.
  if (isPeerReplaced(sql, row.key)) return null;
  const choice = newestChoice(sql, row);
  const appliedMs = readApplied(sql, row.key);
  // A device that has never known it off does not turn it on: what it knows may be old.
  return choice.changedAtMs <= appliedMs || (appliedMs === 0 && !choice.off) ? null : choice;
}

/** How many conversations' policies do not have the newest choice. */
export function countPendingChoices(sql: Sql): number {
  return listConversations(sql).filter((row) => row.state !== 'removed' && pendingChoice(sql, row) !== null)
    .length;
}

/** The user of this device chooses for one conversation, or (null) for all. Other devices are told at once. */
export function choose(sql: Sql, row: ConversationRow | null, off: boolean, nowMs: number): void {
  const applied = sql.get('SELECT max(applied_ms) AS newest FROM history_applied')?.newest;
  const changedAtMs = Math.max(nextChangeMs(sql, nowMs), Number(applied ?? 0) + 1);
  const history = { changedAtMs, off };
  const place = row ?? { conversationId: everywhere, logId: everywhere, state: 'ready' };
  changeOwnState(sql, place, { history }, nowMs);
  // Whatever this device knew before, its user says it now.
  for (const { key } of row === null ? listConversations(sql) : [row]) raiseApplied(sql, key, 1);
}

/** The policy has it on or off for this account: what was chosen is done, where it is that. */
export function settleChosen(sql: Sql, row: ConversationRow, off: boolean): void {
  const choice = newestChoice(sql, row);
  if (choice.off === off) raiseApplied(sql, row.key, choice.changedAtMs);
}

/** Another device of the account changed the policy at this time: what was chosen before is no longer to be done. */
export function noteOwnChange(sql: Sql, conversation: ConversationKey, atMs: number): void {
  raiseApplied(sql, conversation, atMs);
}

/** Whether the account has history off. */
export function isOffBy(policy: Policy, accountId: AccountId): boolean {
  return policy.historyOff.includes(accountId);
}

/**
 * This device rejoined: where the group that it left (null: it was lost) had history off by its account, and the one that
 * it is in now has not, it is turned off again, unless the account is known to have turned it on.
 */
export function checkRejoined(
  sql: Sql,
  row: ConversationRow,
  accountId: AccountId,
  left: Policy | null,
  joined: Policy,
): void {
  const choice = newestChoice(sql, row);
  const wasOff = left === null ? choice.off : isOffBy(left, accountId);
  if (!wasOff || isOffBy(joined, accountId)) return;
  if (choice.changedAtMs > 0 && !choice.off) return;
  if (choice.changedAtMs === 0) changeOwnState(sql, row, { history: { changedAtMs: 1, off: true } }, 0);
  sql.run('DELETE FROM history_applied WHERE conversation = ?', row.key);
}

/** Choices for these places arrived. */
export function wakeForHistory(device: DeviceContext, step: Step, places: ReadonlySet<ConversationId>): void {
  if (places.size === 0) return;
  for (const { key, logId } of step.read(listConversations)) {
    if (places.has(everywhere) || (logId !== null && places.has(logId))) device.wake(key);
  }
}

function newestChoice(sql: Sql, row: ConversationRow): HistoryChoice {
  const own = readOwnState(sql, row).history;
  const general = accountChoice(sql);
  return own.changedAtMs >= general.changedAtMs ? own : general;
}

function readApplied(sql: Sql, conversation: ConversationKey): number {
  const row = sql.get('SELECT applied_ms FROM history_applied WHERE conversation = ?', conversation);
  return (row?.applied_ms as number | undefined) ?? 0;
}

function raiseApplied(sql: Sql, conversation: ConversationKey, appliedMs: number): void {
  sql.run(
    `INSERT INTO history_applied VALUES (?1, ?2)
     ON CONFLICT (conversation) DO UPDATE SET applied_ms = max(applied_ms, ?2)`,
    conversation,
    appliedMs,
  );
}
