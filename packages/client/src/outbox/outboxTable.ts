import { create, toBinary } from '@bufbuild/protobuf';
import type { KeptWrap } from '@sotto/crypto';
import { KeptKeySchema, type TransactionId } from '@sotto/protocol';
import { decodeMessage } from '../connection/decodeFrame.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Row, Sql } from '../ports.ts';
import type { DecodedEntry } from '../sync/entry.ts';

/**
 * States of an item (spec/client.md §Outbox):
 *
 * | state    | stored                               | left by                                               |
 * |----------|--------------------------------------|-------------------------------------------------------|
 * | waiting  | content                              | sealing                                               |
 * | sealed   | bytes, with the group state made by  | the answer -> accepted; the log -> gone; stale -> waiting |
 * | accepted | as sealed                            | the log -> gone                                       |
 */
export interface OutboxItem {
  readonly position: number;
  readonly transactionId: TransactionId;
  readonly kind: 'text' | 'receipt';
  /** Encoded Content. */
  readonly content: Uint8Array;
  readonly state: 'waiting' | 'sealed' | 'accepted';
  readonly sealed: SealedMessage | null;
}
export interface SealedMessage {
  readonly epoch: number;
  readonly body: Uint8Array;
  readonly live: Uint8Array;
  readonly kept: KeptWrap | null;
}

function fromRow(row: Row | undefined): OutboxItem | null {
  if (row === undefined) return null;
  const { epoch, body, live, kept } = row;
  return {
    position: row.position as number,
    transactionId: row.transaction_id as TransactionId,
    kind: row.kind as OutboxItem['kind'],
    content: row.content as Uint8Array,
    state: row.state as OutboxItem['state'],
    sealed:
      typeof epoch === 'number' && body instanceof Uint8Array && live instanceof Uint8Array
        ? { epoch, body, live, kept: kept instanceof Uint8Array ? decodeMessage(KeptKeySchema, kept) : null }
        : null,
  };
}

/** Whether an own entry of the log is what this device sealed, with all that later devices need to open it. */
export function isAsSealed(
  { sealed }: OutboxItem,
  { epoch, kind }: Pick<DecodedEntry, 'epoch' | 'kind'>,
): boolean {
  if (sealed === null || kind.case !== 'message') return false;
  const { body, live, kept } = kind.value;
  return (
    epoch === BigInt(sealed.epoch) &&
    isSame(body, sealed.body) &&
    isSame(live, sealed.live) &&
    (kept === undefined
      ? sealed.kept === null
      : sealed.kept !== null &&
        isSame(kept.nonce, sealed.kept.nonce) &&
        isSame(kept.sealed, sealed.kept.sealed))
  );
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.toHex() === other.toHex();
}

/** Adds an item at the end; gives its position. */
export function insertOutboxItem(
  sql: Sql,
  conversation: ConversationKey,
  item: Pick<OutboxItem, 'transactionId' | 'kind' | 'content'>,
): number {
  sql.run(
    `INSERT INTO outbox (conversation, transaction_id, kind, content, state) VALUES (?, ?, ?, ?, 'waiting')`,
    conversation,
    item.transactionId,
    item.kind,
    item.content,
  );
  return sql.get('SELECT last_insert_rowid() AS position')?.position as number;
}

/** The item to send next. */
export function nextOutboxItem(sql: Sql, conversation: ConversationKey): OutboxItem | null {
  return fromRow(
    sql.get(
      `SELECT * FROM outbox WHERE conversation = ? AND state <> 'accepted' ORDER BY position LIMIT 1`,
      conversation,
    ),
  );
}

export function findOutboxItem(
  sql: Sql,
  conversation: ConversationKey,
  id: TransactionId,
): OutboxItem | null {
  return fromRow(
    sql.get('SELECT * FROM outbox WHERE conversation = ? AND transaction_id = ?', conversation, id),
  );
}

export function storeSealed(sql: Sql, position: number, sealed: SealedMessage): void {
  sql.run(
    `UPDATE outbox SET state = 'sealed', epoch = ?, body = ?, live = ?, kept = ? WHERE position = ?`,
    sealed.epoch,
    sealed.body,
    sealed.live,
    sealed.kept === null ? null : toBinary(KeptKeySchema, create(KeptKeySchema, sealed.kept)),
    position,
  );
}

/** The server has it; the sealed bytes stay to be compared with the entry. */
export function markOutboxAccepted(sql: Sql, position: number, seq: number): void {
  sql.run("UPDATE outbox SET state = 'accepted', accepted_seq = ? WHERE position = ?", seq, position);
}

/** Items that the server has placed at or before `seq`. */
export function acceptedUpTo(
  sql: Sql,
  conversation: ConversationKey,
  seq: number,
): { readonly item: OutboxItem; readonly seq: number }[] {
  return sql
    .all(
      `SELECT * FROM outbox WHERE conversation = ? AND state = 'accepted' AND accepted_seq <= ? ORDER BY position`,
      conversation,
      seq,
    )
    .flatMap((row) => {
      const item = fromRow(row);
      return item === null ? [] : [{ item, seq: row.accepted_seq as number }];
    });
}

export function deleteOutboxItem(sql: Sql, position: number): void {
  sql.run('DELETE FROM outbox WHERE position = ?', position);
}
