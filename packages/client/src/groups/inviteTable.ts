/** Keys of a group's links, by which members read what those who hold them send (spec/groups.md, "Joining by link"). */
import type { InviteMemberKey } from '@sotto/crypto';
import type { InviteId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

export interface KnownInvite extends InviteMemberKey {
  /** What goes after `#join=`; null where another device made it. */
  readonly link: string | null;
  /** Hash of the details that the preview says, as this device put it; null: it put none. */
  readonly preview: string | null;
}

export function storeInviteKeys(sql: Sql, key: ConversationKey, invites: readonly InviteMemberKey[]): void {
  for (const { inviteId, key: memberKey } of invites) {
    sql.run(
      `INSERT INTO group_invite (conversation, invite_id, member_key) VALUES (?1, ?2, ?3)
       ON CONFLICT (conversation, invite_id) DO NOTHING`,
      key,
      inviteId,
      memberKey,
    );
  }
}

export function storeInviteLink(sql: Sql, key: ConversationKey, inviteId: InviteId, link: string): void {
  sql.run('UPDATE group_invite SET link = ? WHERE conversation = ? AND invite_id = ?', link, key, inviteId);
}

export function readInvites(sql: Sql, key: ConversationKey): KnownInvite[] {
  return sql.all('SELECT * FROM group_invite WHERE conversation = ?', key).map((row) => ({
    inviteId: row.invite_id as InviteId,
    key: row.member_key as Uint8Array,
    link: row.link as string | null,
    preview: row.preview as string | null,
  }));
}

export function setPreviewPut(sql: Sql, key: ConversationKey, inviteId: InviteId, detailsHash: string): void {
  sql.run(
    'UPDATE group_invite SET preview = ? WHERE conversation = ? AND invite_id = ?',
    detailsHash,
    key,
    inviteId,
  );
}

/**
 * Those that the group has no more are forgotten; their previews go from the server, by whoever ended them (`isOwn`) and
 * whoever put them.
 */
export function dropInvitesBut(
  sql: Sql,
  key: ConversationKey,
  kept: readonly InviteId[],
  isOwn: boolean,
): void {
  for (const { inviteId, preview } of readInvites(sql, key)) {
    if (kept.includes(inviteId)) continue;
    if (isOwn || preview !== null) {
      sql.run('INSERT OR IGNORE INTO group_dropped_invite VALUES (?, ?)', key, inviteId);
    }
    sql.run('DELETE FROM group_invite WHERE conversation = ? AND invite_id = ?', key, inviteId);
  }
}

/** One whose preview is to go; null for none. */
export function nextDroppedInvite(sql: Sql, key: ConversationKey): InviteId | null {
  const row = sql.get('SELECT invite_id FROM group_dropped_invite WHERE conversation = ? LIMIT 1', key);
  return (row?.invite_id as InviteId | undefined) ?? null;
}

export function deleteDroppedInvite(sql: Sql, key: ConversationKey, inviteId: InviteId): void {
  sql.run('DELETE FROM group_dropped_invite WHERE conversation = ? AND invite_id = ?', key, inviteId);
}
