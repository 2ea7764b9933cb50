/** What this account asked of a group, and of the server's word for it nothing yet (spec/client.md, "Groups of people"). */
import type { Rights } from '@sotto/crypto';
import { type AccountId, type GroupDetails, GroupDetailsSchema, type InviteId } from '@sotto/protocol';
import type { GroupProblem } from '../api.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Row, Sql } from '../ports.ts';

/** Bytes are hexadecimal. */
export type WantedChange =
  /** The group itself. */
  | {
      readonly kind: 'create';
      readonly accountIds: readonly AccountId[];
      readonly details: string;
      readonly sharesHistory: boolean;
    }
  | { readonly kind: 'add'; readonly accountIds: readonly AccountId[]; readonly proof?: WantedProof }
  | { readonly kind: 'remove'; readonly accountId: AccountId }
  | { readonly kind: 'role'; readonly accountId: AccountId; readonly role: 'owner' | 'admin' | 'member' }
  | {
      readonly kind: 'details';
      readonly name?: string;
      readonly photo?: string;
      readonly description?: string;
    }
  | { readonly kind: 'rights'; readonly rights: Partial<Rights> }
  | { readonly kind: 'sharesHistory'; readonly shares: boolean }
  | {
      readonly kind: 'invite';
      readonly inviteId: InviteId;
      readonly secret: string;
      readonly expiresAtMs: number;
      readonly needsApproval: boolean;
      readonly singleUse: boolean;
    }
  | { readonly kind: 'revoke'; readonly inviteId: InviteId }
  /** `forgets`: and nothing of it stays here. */
  | { readonly kind: 'leave'; readonly forgets: boolean }
  | { readonly kind: 'delete' };

/** Of one who comes by a link. */
interface WantedProof {
  readonly inviteId: InviteId;
  readonly expiresAtMs: number;
  readonly signature: string;
}

export interface ChangeRow {
  readonly changeId: string;
  readonly change: WantedChange;
  readonly failed: GroupProblem | null;
  /** The newest place in the outbox when it was asked for: what was written before goes to who was there before. */
  readonly afterOutbox: number;
}

export function insertGroupChange(
  sql: Sql,
  key: ConversationKey,
  changeId: string,
  change: WantedChange,
): void {
  sql.run(
    `INSERT INTO group_change (change_id, conversation, change, after_outbox) VALUES (?1, ?2, ?3,
       coalesce((SELECT max(position) FROM outbox WHERE conversation = ?2), 0))`,
    changeId,
    key,
    JSON.stringify(change),
  );
}

/** In the order in which they were asked for. */
export function readGroupChanges(sql: Sql, key: ConversationKey): ChangeRow[] {
  return sql.all('SELECT * FROM group_change WHERE conversation = ? ORDER BY position', key).map(fromRow);
}

/** The one whose turn it is; null where none is. */
export function nextGroupChange(sql: Sql, key: ConversationKey): ChangeRow | null {
  const row = sql.get(
    'SELECT * FROM group_change WHERE conversation = ? AND failed IS NULL ORDER BY position LIMIT 1',
    key,
  );
  return row === undefined ? null : fromRow(row);
}

export function findGroupChange(sql: Sql, changeId: string): ChangeRow | null {
  const row = sql.get('SELECT * FROM group_change WHERE change_id = ?', changeId);
  return row === undefined ? null : fromRow(row);
}

export function failGroupChange(sql: Sql, changeId: string, problem: GroupProblem): void {
  sql.run('UPDATE group_change SET failed = ? WHERE change_id = ?', JSON.stringify(problem), changeId);
}

export function resumeGroupChange(sql: Sql, changeId: string): void {
  sql.run('UPDATE group_change SET failed = NULL WHERE change_id = ?', changeId);
}

export function deleteGroupChange(sql: Sql, changeId: string): void {
  sql.run('DELETE FROM group_change WHERE change_id = ?', changeId);
}

/** Nothing more comes of any of them. */
export function deleteGroupChanges(sql: Sql, key: ConversationKey): void {
  sql.run('DELETE FROM group_change WHERE conversation = ?', key);
}

/** What a group that was not created yet is to be like. */
export function waitingDetails(sql: Sql, key: ConversationKey): GroupDetails | null {
  for (const { change } of readGroupChanges(sql, key)) {
    if (change.kind === 'create')
      return decodeMessage(GroupDetailsSchema, Uint8Array.fromHex(change.details));
  }
  return null;
}

function fromRow(row: Row): ChangeRow {
  return {
    changeId: row.change_id as string,
    change: JSON.parse(row.change as string) as WantedChange,
    failed: row.failed === null ? null : (JSON.parse(row.failed as string) as GroupProblem),
    afterOutbox: row.after_outbox as number,
  };
}

/** Others take the place of a wish: one that is to be done, and such as have failed. */
export function replaceGroupChange(
  sql: Sql,
  key: ConversationKey,
  changeId: string,
  open: readonly Pick<ChangeRow, 'change' | 'failed'>[],
  failed: readonly Pick<ChangeRow, 'change' | 'failed'>[],
  newId: () => string,
): void {
  deleteGroupChange(sql, changeId);
  for (const { change, failed: problem } of [...open, ...failed]) {
    const id = newId();
    insertGroupChange(sql, key, id, change);
    if (problem !== null) failGroupChange(sql, id, problem);
  }
}
