/** Entries that change messages (spec/messages.md, "Changes"), and what they come to. */
import { create, toBinary } from '@bufbuild/protobuf';
import { type AccountId, type DeviceId, EditSchema, type TransactionId } from '@sotto/protocol';
import { decodeMessage } from '../connection/decodeFrame.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { ChangeContent, ChangeKind } from '../messages/content.ts';
import { decodeMentions, encodeMentions, type Mention } from '../messages/mentions.ts';
import type { MessageRef } from '../messages/messageRef.ts';
import type { Row, Sql } from '../ports.ts';

export interface MessageChange {
  readonly seq: number;
  readonly transactionId: TransactionId;
  readonly authorId: AccountId;
  readonly authorDevice: DeviceId;
  /** As the sender says. */
  readonly atMs: number;
  readonly content: ChangeContent;
}

/** A text that a message had. */
export interface Version {
  readonly text: string;
  readonly mentions: readonly Mention[];
  readonly atMs: number;
}

/** More edits of one message than these, by their places in the log, count for nothing. */
export const editsLimit = 50;
/** The latest pins of a conversation that are shown; more are not made. */
export const pinsLimit = 100;
/** So many reactions of one account to one message are kept, the latest: only the last of them shows. */
const reactionsKept = 64;
const reactedAccounts = 1_000;

/** False where this entry, or an earlier one that is the same, is here. */
export function storeChange(sql: Sql, conversation: ConversationKey, change: MessageChange): boolean {
  const { seq, transactionId, authorDevice, content } = change;
  const known = sql.get(
    `SELECT seq FROM message_change WHERE conversation = ?1 AND (seq = ?2 OR (transaction_id = ?3 AND author_device = ?4))
     ORDER BY seq LIMIT 1`,
    conversation,
    seq,
    transactionId,
    authorDevice,
  );
  if (known !== undefined && (known.seq as number) <= seq) return false;
  // A repetition: the first place is the one that it was given.
  if (known !== undefined) deleteChangeAt(sql, conversation, known.seq as number);
  sql.run(
    'INSERT INTO message_change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    conversation,
    seq,
    transactionId,
    change.authorId,
    authorDevice,
    content.message.transactionId,
    content.message.accountId,
    content.kind,
    change.atMs,
    changeValue(content),
    content.kind === 'edit' ? encodeVersion({ text: '', mentions: content.mentions }) : null,
  );
  return true;
}

/** Whether an entry of this device and id was applied. */
export function hasChangeBy(
  sql: Sql,
  conversation: ConversationKey,
  id: TransactionId,
  device: DeviceId,
): boolean {
  return (
    sql.get(
      'SELECT 1 FROM message_change WHERE conversation = ? AND transaction_id = ? AND author_device = ?',
      conversation,
      id,
      device,
    ) !== undefined
  );
}

function deleteChangeAt(sql: Sql, conversation: ConversationKey, seq: number): void {
  sql.run('DELETE FROM message_change WHERE conversation = ? AND seq = ?', conversation, seq);
}

function changeValue(content: ChangeContent): string {
  switch (content.kind) {
    case 'reaction':
      return content.emoji;
    case 'edit':
      return content.text;
    case 'pin':
      return content.pinned ? '1' : '';
    case 'deletion':
      return '';
  }
}

const byTarget = 'conversation = ? AND target_id = ? AND target_account = ? AND kind = ?';
const targetOf = (conversation: ConversationKey, ref: MessageRef, kind: ChangeKind) =>
  [conversation, ref.transactionId, ref.accountId, kind] as const;

/** Who deleted it, by the first entry that says so; null: nobody. */
export function deleterOf(sql: Sql, conversation: ConversationKey, ref: MessageRef): AccountId | null {
  const row = sql.get(
    `SELECT author_id FROM message_change WHERE ${byTarget} ORDER BY seq LIMIT 1`,
    ...targetOf(conversation, ref, 'deletion'),
  );
  return (row?.author_id as AccountId | undefined) ?? null;
}

/** The edits that count, the first first. */
export function readEdits(sql: Sql, conversation: ConversationKey, ref: MessageRef): Version[] {
  return sql
    .all(
      `SELECT value, mentions, at_ms FROM message_change WHERE ${byTarget} ORDER BY seq LIMIT ${editsLimit}`,
      ...targetOf(conversation, ref, 'edit'),
    )
    .map((row) => ({
      text: row.value as string,
      mentions: mentionsOf(row.value as string, row.mentions as Uint8Array | null),
      atMs: row.at_ms as number,
    }));
}

/** What is over the limit goes. */
export function trimEdits(sql: Sql, conversation: ConversationKey, ref: MessageRef): void {
  sql.run(
    `DELETE FROM message_change WHERE ${byTarget} AND seq NOT IN (
       SELECT seq FROM message_change WHERE ${byTarget} ORDER BY seq LIMIT ${editsLimit})`,
    ...targetOf(conversation, ref, 'edit'),
    ...targetOf(conversation, ref, 'edit'),
  );
}

/** The account's last reaction is what shows of it. */
export function settleReaction(
  sql: Sql,
  conversation: ConversationKey,
  ref: MessageRef,
  accountId: AccountId,
): void {
  const rows = sql.all(
    `SELECT seq, value FROM message_change WHERE ${byTarget} AND author_id = ? ORDER BY seq DESC`,
    ...targetOf(conversation, ref, 'reaction'),
    accountId,
  );
  for (const { seq } of rows.slice(reactionsKept)) deleteChangeAt(sql, conversation, seq as number);
  const last = rows[0];
  sql.run(
    'DELETE FROM reaction WHERE conversation = ? AND target_id = ? AND target_account = ? AND account_id = ?',
    conversation,
    ref.transactionId,
    ref.accountId,
    accountId,
  );
  if (last === undefined || last.value === '') return;
  sql.run(
    'INSERT INTO reaction VALUES (?, ?, ?, ?, ?, ?)',
    conversation,
    ref.transactionId,
    ref.accountId,
    accountId,
    last.seq as number,
    last.value as string,
  );
}

/** Pinned is what the last entry about it says. */
export function settlePin(sql: Sql, conversation: ConversationKey, ref: MessageRef): void {
  const last = sql.get(
    `SELECT seq, value FROM message_change WHERE ${byTarget} ORDER BY seq DESC LIMIT 1`,
    ...targetOf(conversation, ref, 'pin'),
  );
  sql.run(
    'DELETE FROM pin WHERE conversation = ? AND target_id = ? AND target_account = ?',
    conversation,
    ref.transactionId,
    ref.accountId,
  );
  if (last === undefined || last.value === '') return;
  sql.run(
    'INSERT INTO pin VALUES (?, ?, ?, ?)',
    conversation,
    ref.transactionId,
    ref.accountId,
    last.seq as number,
  );
}

/** Of a deleted message nothing stays but that, and by whom, it was deleted. */
export function forgetChanges(sql: Sql, conversation: ConversationKey, ref: MessageRef): void {
  sql.run(
    `DELETE FROM message_change WHERE conversation = ? AND target_id = ? AND target_account = ? AND kind <> 'deletion'`,
    conversation,
    ref.transactionId,
    ref.accountId,
  );
  for (const table of ['reaction', 'pin']) {
    sql.run(
      `DELETE FROM ${table} WHERE conversation = ? AND target_id = ? AND target_account = ?`,
      conversation,
      ref.transactionId,
      ref.accountId,
    );
  }
}

export interface StoredReaction {
  readonly message: MessageRef;
  readonly accountId: AccountId;
  readonly emoji: string;
}

/** To messages that their senders call so; the first first, and of each message at most a thousand. */
export function readReactions(
  sql: Sql,
  conversation: ConversationKey,
  ids: readonly TransactionId[],
): StoredReaction[] {
  return sql
    .all(
      `SELECT target_id, target_account, account_id, emoji FROM reaction
       WHERE conversation = ? AND target_id IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?`,
      conversation,
      JSON.stringify(ids),
      ids.length * reactedAccounts,
    )
    .map((row) => ({
      message: targetIn(row),
      accountId: row.account_id as AccountId,
      emoji: row.emoji as string,
    }));
}

/** Which of the messages that their senders call so are pinned. */
export function readPins(
  sql: Sql,
  conversation: ConversationKey,
  ids: readonly TransactionId[],
): MessageRef[] {
  return sql
    .all(
      `SELECT target_id, target_account FROM pin
       WHERE conversation = ? AND target_id IN (SELECT value FROM json_each(?))`,
      conversation,
      JSON.stringify(ids),
    )
    .map(targetIn);
}

/** The latest pins. */
export function latestPins(sql: Sql, conversation: ConversationKey, limit: number): MessageRef[] {
  return sql
    .all(
      'SELECT target_id, target_account FROM pin WHERE conversation = ? ORDER BY seq DESC LIMIT ?',
      conversation,
      limit,
    )
    .map(targetIn);
}

const targetIn = (row: Row): MessageRef => ({
  accountId: row.target_account as AccountId,
  transactionId: row.target_id as TransactionId,
});

export function encodeVersion({ text, mentions }: Pick<Version, 'text' | 'mentions'>): Uint8Array {
  return toBinary(EditSchema, create(EditSchema, { text, mentions: encodeMentions(mentions) }));
}

export function decodeVersion(bytes: Uint8Array): Pick<Version, 'text' | 'mentions'> {
  const edit = decodeMessage(EditSchema, bytes);
  if (edit === null) return { text: '', mentions: [] };
  return { text: edit.text, mentions: decodeMentions(edit.text, edit.mentions) };
}

function mentionsOf(text: string, bytes: Uint8Array | null): readonly Mention[] {
  const edit = bytes === null ? null : decodeMessage(EditSchema, bytes);
  return edit === null ? [] : decodeMentions(text, edit.mentions);
}
