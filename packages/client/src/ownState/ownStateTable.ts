import type { ConversationId } from '@sotto/protocol';
import { alwaysMuted } from '../api.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import type { DisplayedStep } from '../disappearing/displayed.ts';
import type { Row, Sql } from '../ports.ts';
import {
  type ConversationState,
  decodeMembers,
  encodeMembers,
  mergeStates,
  noState,
} from './conversationState.ts';

/** The log of a conversation; while it has none, its own id: what its state is stored under. */
export type OwnPlace = ConversationId;

/** Place of the item that is about the account as a whole. */
export const everywhere = '00'.repeat(16) as OwnPlace;

type Named = Pick<ConversationRow, 'conversationId' | 'logId' | 'state'>;

/** Merged of everything that is known here, and where the account's item of it stands. */
export interface OwnItemRow {
  readonly place: OwnPlace;
  readonly state: ConversationState;
  /** Of the server's item that this takes the place of; 0: none. */
  readonly version: number;
  readonly keyNumber: number;
  readonly change: number;
  readonly dueAtMs: number | null;
}

function ownPlace(conversation: Named): OwnPlace {
  const { conversationId, logId, state } = conversation;
  return state === 'waiting' || logId === null ? conversationId : logId;
}

/** What this account says of a conversation, also where it began to be said before there was a log. */
export function readOwnState(sql: Sql, conversation: Named): ConversationState {
  const place = ownPlace(conversation);
  const state = findOwnItem(sql, place)?.state ?? noState;
  if (conversation.conversationId === place) return state;
  const before = findOwnItem(sql, conversation.conversationId);
  return before === null ? state : mergeStates(state, before.state);
}

export function findOwnItem(sql: Sql, place: OwnPlace): OwnItemRow | null {
  const row = sql.get('SELECT * FROM own_item WHERE place = ?', place);
  return row === undefined ? null : fromRow(row);
}

export function storeOwnItem(sql: Sql, { place, state, ...item }: OwnItemRow): void {
  const { archived, muted, pinned, history, keyring, members, title, forgotten, draft, receipts } = state;
  const { unread, displayed, timer, relay, calls } = state;
  sql.run(
    `INSERT OR REPLACE INTO own_item (place, read_seq, archived_changed, archived, archived_through, muted_changed,
       muted_until, pinned_changed, pinned, members, version, key_number, change, due_at_ms, history_changed,
       history_off, keyring_seq, keyring_hash, title_seq, title, forgotten_changed, forgotten_through,
       draft_changed, draft_text, draft_reply, receipts_changed, receipts_off, unread_changed, unread,
       displayed, timer_changed, timer_seconds, relay_changed, relay_always, calls_changed, calls_off)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    place,
    state.readSeq,
    archived.changedAtMs,
    Number(archived.archived),
    archived.throughSeq,
    muted.changedAtMs,
    muted.untilMs,
    pinned.changedAtMs,
    Number(pinned.pinned),
    members.length === 0 ? null : encodeMembers(members),
    item.version,
    item.keyNumber,
    item.change,
    item.dueAtMs,
    history.changedAtMs,
    Number(history.off),
    keyring.seq,
    keyring.hash,
    title.seq,
    title.name,
    forgotten.changedAtMs,
    forgotten.throughSeq,
    draft.changedAtMs,
    draft.text,
    draft.replyTo,
    receipts.changedAtMs,
    Number(receipts.off),
    unread.changedAtMs,
    Number(unread.unread),
    displayed.length === 0 ? null : JSON.stringify(displayed),
    timer.changedAtMs,
    timer.seconds,
    relay.changedAtMs,
    Number(relay.always),
    calls.changedAtMs,
    Number(calls.off),
  );
}

/** What changed here is merged into what is stored, and put to the server at `dueAtMs` at the latest. */
export function changeOwnState(
  sql: Sql,
  conversation: Named,
  change: Partial<ConversationState>,
  dueAtMs: number,
): void {
  changeItem(sql, ownPlace(conversation), change, dueAtMs);
}

/** The same of a place; what is said of messages and packs is kept apart (messageMarkTable.ts, packTable.ts). */
export function changeItem(
  sql: Sql,
  place: OwnPlace,
  change: Partial<ConversationState>,
  dueAtMs: number,
): void {
  const item = findOwnItem(sql, place);
  const state = mergeStates(item?.state ?? noState, { ...noState, ...change });
  storeOwnItem(sql, {
    ...(item ?? { place, version: 0, keyNumber: 0 }),
    state,
    change: (item?.change ?? 0) + 1,
    dueAtMs: Math.min(item?.dueAtMs ?? dueAtMs, dueAtMs),
  });
}

/** A time for a change made now: above that of every change that is known here. */
export function nextChangeMs(sql: Sql, nowMs: number): number {
  const newest = sql.get(
    `SELECT max(max(archived_changed), max(muted_changed), max(pinned_changed), max(history_changed),
       max(forgotten_changed), max(draft_changed), max(receipts_changed), max(unread_changed),
       max(timer_changed), max(relay_changed), max(calls_changed),
       (SELECT coalesce(max(star_changed), 0) FROM message_mark),
       (SELECT coalesce(max(changed), 0) FROM sticker_pack)) AS newest
     FROM own_item`,
  )?.newest as number | null | undefined;
  return Math.min(Math.max(nowMs, (newest ?? 0) + 1), alwaysMuted);
}

/** What was said of conversations before they had a log goes to where their logs' items are. */
export function movePlaces(sql: Sql): void {
  const moved = sql.all(
    `SELECT conversation_id, log_id, due_at_ms FROM own_item JOIN conversation ON conversation_id = place
     WHERE log_id IS NOT NULL AND log_id <> place AND state <> 'waiting'`,
  );
  for (const row of moved) {
    const before = findOwnItem(sql, row.conversation_id as OwnPlace);
    const place = row.log_id as OwnPlace;
    if (before === null) continue;
    changeOwnState(sql, { conversationId: place, logId: place, state: 'ready' }, before.state, 0);
    sql.run('DELETE FROM own_item WHERE place = ?', before.place);
  }
}

export function hasMovablePlaces(sql: Sql): boolean {
  return (
    sql.get(
      `SELECT 1 FROM own_item JOIN conversation ON conversation_id = place
       WHERE log_id IS NOT NULL AND log_id <> place AND state <> 'waiting' LIMIT 1`,
    ) !== undefined
  );
}

const isPutable = `NOT EXISTS (
  SELECT 1 FROM conversation WHERE conversation_id = place AND (log_id IS NULL OR state = 'waiting'))`;
/** Nothing is put off for longer: what seems to be was put off before the device's clock was set back. */
const longestDelayMs = 60_000;
/** Also what is sealed under an earlier key than the newest: items are sealed anew after a device was removed. */
const isDue = `${isPutable} AND
  (due_at_ms <= ?1 OR due_at_ms > ?1 + ${longestDelayMs} OR (version > 0 AND key_number < ?2))`;

/** Items to put to the server now, at most `limit`. Those of conversations that the server does not know yet wait. */
export function dueItems(sql: Sql, nowMs: number, newestKey: number, limit: number): OwnItemRow[] {
  return sql.all(`SELECT * FROM own_item WHERE ${isDue} LIMIT ?3`, nowMs, newestKey, limit).map(fromRow);
}

/** When the next one is due; null where none is. */
export function nextDueMs(sql: Sql): number | null {
  const row = sql.get('SELECT min(due_at_ms) AS due FROM own_item WHERE due_at_ms IS NOT NULL');
  return (row?.due as number | null | undefined) ?? null;
}

/** All of them are to be compared with the server's again: it has others than it had. */
export function forgetVersions(sql: Sql): void {
  sql.run('UPDATE own_item SET version = 0, due_at_ms = 0');
  sql.run('DELETE FROM unopened_item');
  setItemsVersion(sql, 0);
}

export function readItemsVersion(sql: Sql): number {
  return Number(sql.get('SELECT items_version FROM device')?.items_version ?? 0);
}

export function setItemsVersion(sql: Sql, version: number): void {
  sql.run('UPDATE device SET items_version = ?', version);
}

/** The end of the next mute after `nowMs`, or null. */
export function nextMuteEndMs(sql: Sql, nowMs: number): number | null {
  const row = sql.get(
    'SELECT min(muted_until) AS until FROM own_item WHERE muted_until > ? AND muted_until < ?',
    nowMs,
    alwaysMuted,
  );
  return (row?.until as number | null | undefined) ?? null;
}

/** Conversations whose mute ended after `fromMs` and up to `throughMs`. */
export function mutesEnded(sql: Sql, fromMs: number, throughMs: number): ConversationId[] {
  return sql
    .all(
      `SELECT conversation_id FROM own_item JOIN conversation ON place IN (conversation_id, log_id)
       WHERE muted_until > ? AND muted_until <= ?`,
      fromMs,
      throughMs,
    )
    .map((row) => row.conversation_id as ConversationId);
}

function fromRow(row: Row): OwnItemRow {
  return {
    place: row.place as OwnPlace,
    state: {
      readSeq: row.read_seq as number,
      archived: {
        changedAtMs: row.archived_changed as number,
        archived: row.archived === 1,
        throughSeq: row.archived_through as number,
      },
      muted: { changedAtMs: row.muted_changed as number, untilMs: row.muted_until as number },
      pinned: { changedAtMs: row.pinned_changed as number, pinned: row.pinned === 1 },
      history: { changedAtMs: row.history_changed as number, off: row.history_off === 1 },
      keyring: { seq: row.keyring_seq as number, hash: row.keyring_hash as string },
      title: { seq: row.title_seq as number, name: row.title as string },
      forgotten: {
        changedAtMs: row.forgotten_changed as number,
        throughSeq: row.forgotten_through as number,
      },
      draft: {
        changedAtMs: row.draft_changed as number,
        text: row.draft_text as string,
        replyTo: row.draft_reply as string,
      },
      receipts: { changedAtMs: row.receipts_changed as number, off: row.receipts_off === 1 },
      unread: { changedAtMs: row.unread_changed as number, unread: row.unread === 1 },
      displayed: row.displayed === null ? [] : (JSON.parse(row.displayed as string) as DisplayedStep[]),
      timer: { changedAtMs: row.timer_changed as number, seconds: row.timer_seconds as number },
      relay: { changedAtMs: row.relay_changed as number, always: row.relay_always === 1 },
      calls: { changedAtMs: row.calls_changed as number, off: row.calls_off === 1 },
      members: row.members === null ? [] : decodeMembers(row.members as Uint8Array),
    },
    version: row.version as number,
    keyNumber: row.key_number as number,
    change: row.change as number,
    dueAtMs: row.due_at_ms as number | null,
  };
}
