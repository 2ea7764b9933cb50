import type { CallId } from '@sotto/protocol';
import type { RemoteUpdate } from '../apiCalls.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Row, Sql } from '../ports.ts';
import type { CallState } from './callState.ts';

export const callMigration = `
-- Calls that this device knows of: what is left of those that are over says how, and that they are.
CREATE TABLE call (
  call_id TEXT PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  -- JSON (calls/callState.ts)
  state TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  changed_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX call_open ON call (conversation) WHERE is_open = 1;
CREATE INDEX call_by_conversation ON call (conversation);

-- What came for who holds the media of an open call.
CREATE TABLE call_update (
  call_id TEXT NOT NULL REFERENCES call (call_id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  -- JSON (RemoteUpdate)
  content TEXT NOT NULL,
  PRIMARY KEY (call_id, place)
) STRICT, WITHOUT ROWID;

ALTER TABLE own_item ADD COLUMN relay_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN relay_always INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN calls_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN calls_off INTEGER NOT NULL DEFAULT 0;
`;

export interface CallRow {
  readonly key: ConversationKey;
  readonly state: CallState;
  /** When this device changed it last. */
  readonly changedAtMs: number;
}

const updatesKept = 512;

function fromRow(row: Row): CallRow {
  return {
    key: row.conversation as ConversationKey,
    state: JSON.parse(row.state as string) as CallState,
    changedAtMs: row.changed_at_ms as number,
  };
}

export function findCall(sql: Sql, callId: CallId): CallRow | null {
  const row = sql.get('SELECT * FROM call WHERE call_id = ?', callId);
  return row === undefined ? null : fromRow(row);
}

/** Of all conversations; those that are only prepared too. */
export function openCalls(sql: Sql): CallRow[] {
  return sql.all('SELECT * FROM call WHERE is_open = 1').map(fromRow);
}

export function openCallsOf(sql: Sql, key: ConversationKey): CallRow[] {
  return sql.all('SELECT * FROM call WHERE conversation = ? AND is_open = 1', key).map(fromRow);
}

export function storeCall(sql: Sql, key: ConversationKey, state: CallState, nowMs: number): void {
  const isOpen = state.phase !== 'over';
  sql.run(
    `INSERT INTO call VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (call_id) DO UPDATE SET state = excluded.state, is_open = excluded.is_open,
       changed_at_ms = excluded.changed_at_ms`,
    state.callId,
    key,
    JSON.stringify(state),
    Number(isOpen),
    nowMs,
  );
  if (!isOpen) deleteUpdates(sql, state.callId);
}

export function deleteCall(sql: Sql, callId: CallId): void {
  sql.run('DELETE FROM call WHERE call_id = ?', callId);
}

/** More than a call ever has are dropped. */
export function addUpdate(sql: Sql, callId: CallId, update: RemoteUpdate): void {
  const row = sql.get('SELECT count(*) AS n FROM call_update WHERE call_id = ?', callId);
  const count = row?.n as number;
  if (count >= updatesKept) return;
  sql.run('INSERT INTO call_update VALUES (?, ?, ?)', callId, count, JSON.stringify(update));
}

export function readUpdates(sql: Sql, callId: CallId): RemoteUpdate[] {
  return sql
    .all('SELECT content FROM call_update WHERE call_id = ? ORDER BY place', callId)
    .map((row) => JSON.parse(row.content as string) as RemoteUpdate);
}

export function deleteUpdates(sql: Sql, callId: CallId): void {
  sql.run('DELETE FROM call_update WHERE call_id = ?', callId);
}
