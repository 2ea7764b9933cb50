import type { CallId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Row, Sql } from '../ports.ts';
import type { GroupCallState } from './groupCallState.ts';

export const groupCallMigration = `
-- Calls of groups that this device knows of: what is left of those that are over says that they are.
CREATE TABLE group_call (
  call_id TEXT PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  -- JSON (groupCalls/groupCallState.ts)
  state TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  changed_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX group_call_open ON group_call (conversation) WHERE is_open = 1;
CREATE INDEX group_call_by_conversation ON group_call (conversation);

-- What the frame worker of this device's join is told, sealed to it.
CREATE TABLE group_call_key (
  call_id TEXT NOT NULL REFERENCES group_call (call_id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (call_id, place)
) STRICT, WITHOUT ROWID;
`;

export interface GroupCallRow {
  readonly key: ConversationKey;
  readonly state: GroupCallState;
  /** When this device changed it last. */
  readonly changedAtMs: number;
}

function fromRow(row: Row): GroupCallRow {
  return {
    key: row.conversation as ConversationKey,
    state: JSON.parse(row.state as string) as GroupCallState,
    changedAtMs: row.changed_at_ms as number,
  };
}

export function findGroupCall(sql: Sql, callId: CallId): GroupCallRow | null {
  const row = sql.get('SELECT * FROM group_call WHERE call_id = ?', callId);
  return row === undefined ? null : fromRow(row);
}

/** Of all conversations. */
export function openGroupCalls(sql: Sql): GroupCallRow[] {
  return sql.all('SELECT * FROM group_call WHERE is_open = 1').map(fromRow);
}

export function openGroupCallsOf(sql: Sql, key: ConversationKey): GroupCallRow[] {
  return sql.all('SELECT * FROM group_call WHERE conversation = ? AND is_open = 1', key).map(fromRow);
}

export function storeGroupCall(sql: Sql, key: ConversationKey, state: GroupCallState, nowMs: number): void {
  sql.run(
    `INSERT INTO group_call VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (call_id) DO UPDATE SET state = excluded.state, is_open = excluded.is_open,
       changed_at_ms = excluded.changed_at_ms`,
    state.callId,
    key,
    JSON.stringify(state),
    Number(state.phase !== 'over'),
    nowMs,
  );
  if (state.own === null) deleteFrameMessages(sql, state.callId);
}

export function deleteGroupCall(sql: Sql, callId: CallId): void {
  sql.run('DELETE FROM group_call WHERE call_id = ?', callId);
}

export function addFrameMessages(sql: Sql, callId: CallId, sealed: readonly Uint8Array[]): void {
  const row = sql.get('SELECT count(*) AS n FROM group_call_key WHERE call_id = ?', callId);
  const count = row?.n as number;
  for (const [index, one] of sealed.entries()) {
    sql.run('INSERT INTO group_call_key VALUES (?, ?, ?)', callId, count + index, one);
  }
}

export function readFrameMessages(sql: Sql, callId: CallId): Uint8Array[] {
  return sql
    .all('SELECT sealed FROM group_call_key WHERE call_id = ? ORDER BY place', callId)
    .map((row) => row.sealed as Uint8Array);
}

export function deleteFrameMessages(sql: Sql, callId: CallId): void {
  sql.run('DELETE FROM group_call_key WHERE call_id = ?', callId);
}
