import type { AccountId, ConversationId } from '@sotto/protocol';
import type { Row, Sql } from '../ports.ts';

/** Local key of a conversation, small for indices. */
export type ConversationKey = number & { readonly brand: 'conversationKey' };

/**
 * `waiting`: not on the server yet, messages are collected. `joining`: it is there, this device has no group of
 * it. `ready`. `removed`: this device was taken out; it stays readable.
 */
type ConversationState = 'waiting' | 'joining' | 'ready' | 'removed';

export interface ConversationRow {
  readonly key: ConversationKey;
  /** What views use. Never changes on this device, also where the server settled on another log. */
  readonly conversationId: ConversationId;
  /** The server's log and MLS group id; null until the first attempt to create it. */
  readonly logId: ConversationId | null;
  readonly kind: 'direct' | 'group';
  /** The other account, or oneself; null for a group. */
  readonly peerId: AccountId | null;
  readonly state: ConversationState;
  /** Newest log entry whose effects are stored. */
  readonly cursor: number;
  /** The server's epoch in which healing was tried last, or -1. */
  readonly healedEpoch: number;
  /** The log went on to an epoch that the group here could not follow. */
  readonly broken: boolean;
  readonly unreadCount: number;
  readonly lastActivityMs: number;
  readonly ownRead: number;
  readonly ownDelivered: number;
  readonly toldRead: number;
  readonly toldDelivered: number;
  readonly draft: string;
  /** What the draft answers (ownState/conversationState.ts, `refOfKey`). */
  readonly draftReply: string;
  /** The first entry of the log that this account may read. */
  readonly firstSeq: number;
  /** Deleted by the user: shown again once there is something to show. */
  readonly isHidden: boolean;
  /** After how long messages disappear, by the policy that this device knows; 0: they stay. */
  readonly timerSeconds: number;
}

const columns = {
  kind: 'kind',
  peerId: 'peer_id',
  logId: 'log_id',
  state: 'state',
  cursor: 'cursor',
  healedEpoch: 'healed_epoch',
  broken: 'broken',
  unreadCount: 'unread_count',
  lastActivityMs: 'last_activity_ms',
  ownRead: 'own_read',
  ownDelivered: 'own_delivered',
  toldRead: 'told_read',
  toldDelivered: 'told_delivered',
  draft: 'draft',
  draftReply: 'draft_reply',
  firstSeq: 'first_seq',
  isHidden: 'is_hidden',
  timerSeconds: 'timer_seconds',
} as const;

function fromRow(row: Row): ConversationRow {
  return {
    key: row.key as ConversationKey,
    conversationId: row.conversation_id as ConversationId,
    logId: row.log_id as ConversationId | null,
    kind: row.kind as ConversationRow['kind'],
    peerId: row.peer_id === '' ? null : (row.peer_id as AccountId),
    state: row.state as ConversationState,
    cursor: row.cursor as number,
    healedEpoch: row.healed_epoch as number,
    broken: row.broken === 1,
    unreadCount: row.unread_count as number,
    lastActivityMs: row.last_activity_ms as number,
    ownRead: row.own_read as number,
    ownDelivered: row.own_delivered as number,
    toldRead: row.told_read as number,
    toldDelivered: row.told_delivered as number,
    draft: row.draft as string,
    draftReply: row.draft_reply as string,
    firstSeq: row.first_seq as number,
    isHidden: row.is_hidden === 1,
    timerSeconds: row.timer_seconds as number,
  };
}

const one = (row: Row | undefined): ConversationRow | null => (row === undefined ? null : fromRow(row));

export function findConversation(sql: Sql, id: ConversationId): ConversationRow | null {
  return one(sql.get('SELECT * FROM conversation WHERE conversation_id = ?', id));
}

export function conversationByKey(sql: Sql, key: ConversationKey): ConversationRow | null {
  return one(sql.get('SELECT * FROM conversation WHERE key = ?', key));
}

export function findConversationByLog(sql: Sql, logId: ConversationId): ConversationRow | null {
  return one(sql.get('SELECT * FROM conversation WHERE log_id = ?', logId));
}

/** The direct conversation with this account; where a server made several, the first. */
export function findDirectConversation(sql: Sql, peerId: AccountId): ConversationRow | null {
  return one(sql.get('SELECT * FROM conversation WHERE peer_id = ? ORDER BY key LIMIT 1', peerId));
}

export function listConversations(sql: Sql): ConversationRow[] {
  return sql.all('SELECT * FROM conversation').map(fromRow);
}

/** The direct ones. */
export function conversationsWithPeer(sql: Sql, peerId: AccountId): ConversationRow[] {
  return sql.all('SELECT * FROM conversation WHERE peer_id = ?', peerId).map(fromRow);
}

/** Those whose keys this query gives. */
export function conversationsOf(sql: Sql, keys: string, ...values: string[]): ConversationRow[] {
  return sql.all(`SELECT * FROM conversation WHERE key IN (${keys})`, ...values).map(fromRow);
}

export interface NewConversation {
  readonly conversationId: ConversationId;
  readonly logId: ConversationId | null;
  /** Null for a group. */
  readonly peerId: AccountId | null;
  readonly state: ConversationState;
  readonly lastActivityMs: number;
  /** Default: 0. */
  readonly timerSeconds?: number;
}

export function insertConversation(sql: Sql, conversation: NewConversation): ConversationRow {
  sql.run(
    // What the account's other devices have read of it may be known before it.
    `INSERT INTO conversation (conversation_id, log_id, peer_id, state, last_activity_ms, kind, own_read, timer_seconds)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, coalesce((SELECT read_seq FROM own_item WHERE place = ?2), 0), ?7)`,
    conversation.conversationId,
    conversation.logId,
    conversation.peerId ?? '',
    conversation.state,
    conversation.lastActivityMs,
    conversation.peerId === null ? 'group' : 'direct',
    conversation.timerSeconds ?? 0,
  );
  const inserted = findConversation(sql, conversation.conversationId);
  if (inserted === null) throw new Error('The conversation was not stored.');
  return inserted;
}

export type ConversationChange = { readonly [Field in keyof typeof columns]?: ConversationRow[Field] };

export function updateConversation(sql: Sql, key: ConversationKey, change: ConversationChange): void {
  const fields = Object.entries(change) as [keyof typeof columns, string | number | boolean | null][];
  if (fields.length === 0) return;
  sql.run(
    `UPDATE conversation SET ${fields.map(([field]) => `${columns[field]} = ?`).join(', ')} WHERE key = ?`,
    ...fields.map(([field, value]) =>
      typeof value === 'boolean' ? Number(value) : field === 'peerId' ? (value ?? '') : value,
    ),
    key,
  );
}

/** Own devices that the account's chain no longer lists, up to entry `seq`, are out of the group. */
export function setCheckedSeq(sql: Sql, key: ConversationKey, seq: number): void {
  sql.run('UPDATE conversation SET checked_seq = ? WHERE key = ?', seq, key);
}

/** Conversations of which that is not known for entry `seq`. */
export function conversationsCheckedBefore(sql: Sql, seq: number): ConversationKey[] {
  return sql
    .all("SELECT key FROM conversation WHERE checked_seq < ? AND state = 'ready'", seq)
    .map((row) => row.key as ConversationKey);
}
