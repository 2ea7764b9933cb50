import { create, toBinary } from '@bufbuild/protobuf';
import type { KeptWrap, Provider } from '@sotto/crypto';
import { KeptKeySchema, MessageEntrySchema, type TransactionId } from '@sotto/protocol';
import { waitsForUploads } from '../attachments/uploadTable.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { ChangeKind } from '../messages/content.ts';
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
  readonly kind: OutboxKind;
  /** Encoded Content; of texts empty: it is made of the message when it is sealed. */
  readonly content: Uint8Array;
  readonly state: 'waiting' | 'sealed' | 'accepted';
  readonly sealed: SealedMessage | null;
  /** It waits until then; null: it does not. */
  readonly notBeforeMs: number | null;
}
export type OutboxKind = 'text' | 'receipt' | 'viewed' | 'call' | ChangeKind;
export interface SealedMessage {
  readonly epoch: number;
  readonly body: Uint8Array;
  readonly live: Uint8Array;
  readonly kept: KeptWrap | null;
  /** The server lets go of it once it is delivered; never what is kept. */
  readonly isPassing: boolean;
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
        ? {
            epoch,
            body,
            live,
            kept: kept instanceof Uint8Array ? decodeMessage(KeptKeySchema, kept) : null,
            isPassing: row.is_passing === 1,
          }
        : null,
    notBeforeMs: row.not_before_ms as number | null,
  };
}

/** Whether an own entry of the log is what this device sealed, with all that later devices need to open it. */
export function isAsSealed(
  provider: Pick<Provider, 'sha256'>,
  { sealed }: Pick<OutboxItem, 'sealed'>,
  { epoch, kind, isPassing }: Pick<DecodedEntry, 'epoch' | 'kind' | 'isPassing'>,
): boolean {
  if (sealed === null || isPassing !== sealed.isPassing || epoch !== BigInt(sealed.epoch)) return false;
  // The server has let go of it: what is left is its hash.
  if (kind.case === 'passing') {
    const { body, live } = sealed;
    const message = toBinary(MessageEntrySchema, create(MessageEntrySchema, { body, live }));
    return isSame(provider.sha256(message), kind.value.messageHash);
  }
  if (kind.case !== 'message') return false;
  const { body, live, kept } = kind.value;
  return (
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
  item: Pick<OutboxItem, 'transactionId' | 'kind' | 'content'> & Partial<Pick<OutboxItem, 'notBeforeMs'>>,
): number {
  sql.run(
    `INSERT INTO outbox (conversation, transaction_id, kind, content, state, not_before_ms)
     VALUES (?, ?, ?, ?, 'waiting', ?)`,
    conversation,
    item.transactionId,
    item.kind,
    item.content,
    item.notBeforeMs ?? null,
  );
  return sql.get('SELECT last_insert_rowid() AS position')?.position as number;
}

/** The item to send next: what waits for its time, or for files to be uploaded, holds up nothing else. Calls go first. */
export function nextOutboxItem(sql: Sql, conversation: ConversationKey, nowMs: number): OutboxItem | null {
  return fromRow(
    sql.get(
      `SELECT * FROM outbox WHERE conversation = ? AND (state = 'sealed'
         OR (state = 'waiting' AND coalesce(not_before_ms, 0) <= ? AND NOT (${waitsForUploads})))
       ORDER BY state = 'sealed' DESC, kind = 'call' DESC, position LIMIT 1`,
      conversation,
      nowMs,
    ),
  );
}

/** When the next scheduled item is due; null where there is none. */
export function nextScheduledMs(sql: Sql, conversation: ConversationKey, nowMs: number): number | null {
  const row = sql.get(
    `SELECT min(not_before_ms) AS due FROM outbox WHERE conversation = ? AND state = 'waiting' AND not_before_ms > ?`,
    conversation,
    nowMs,
  );
  return (row?.due as number | null | undefined) ?? null;
}

/** Of messages that wait for a time or an upload, and of what is about to be done to others; by place. */
export function waitingItems(sql: Sql, conversation: ConversationKey): OutboxItem[] {
  return sql
    .all(
      `SELECT * FROM outbox WHERE conversation = ?
         AND (not_before_ms IS NOT NULL OR kind IN ('reaction', 'edit', 'deletion', 'pin')) ORDER BY position`,
      conversation,
    )
    .flatMap((row) => fromRow(row) ?? []);
}

/** Messages of calls that were not sealed yet; by place. */
export function waitingCalls(sql: Sql, conversation: ConversationKey): OutboxItem[] {
  return sql
    .all(
      "SELECT * FROM outbox WHERE conversation = ? AND kind = 'call' AND state = 'waiting' ORDER BY position",
      conversation,
    )
    .flatMap((row) => fromRow(row) ?? []);
}

/** Whether the server has not heard yet of something that is said of a call. */
export function hasCallsToSend(sql: Sql): boolean {
  return sql.get("SELECT 1 FROM outbox WHERE kind = 'call' AND state <> 'accepted' LIMIT 1") !== undefined;
}

/** Whether something is on its way to the log of this conversation that is said of a call. */
export function isCallUnderWay(sql: Sql, conversation: ConversationKey): boolean {
  return (
    sql.get("SELECT 1 FROM outbox WHERE conversation = ? AND kind = 'call' LIMIT 1", conversation) !==
    undefined
  );
}

export function setNotBefore(sql: Sql, position: number, notBeforeMs: number | null): void {
  sql.run(
    "UPDATE outbox SET not_before_ms = ? WHERE position = ? AND state = 'waiting'",
    notBeforeMs,
    position,
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
    `UPDATE outbox SET state = 'sealed', epoch = ?, body = ?, live = ?, kept = ?, is_passing = ? WHERE position = ?`,
    sealed.epoch,
    sealed.body,
    sealed.live,
    sealed.kept === null ? null : toBinary(KeptKeySchema, create(KeptKeySchema, sealed.kept)),
    Number(sealed.isPassing),
    position,
  );
}

/** The server has it; the sealed bytes stay to be compared with the entry. */
export function markOutboxAccepted(sql: Sql, position: number, seq: number): void {
  sql.run("UPDATE outbox SET state = 'accepted', accepted_seq = ? WHERE position = ?", seq, position);
}

/** Where the server has placed the item; null where there is none, or it has not said. */
export function acceptedAt(sql: Sql, conversation: ConversationKey, id: TransactionId): number | null {
  const row = sql.get(
    'SELECT accepted_seq FROM outbox WHERE conversation = ? AND transaction_id = ?',
    conversation,
    id,
  );
  return (row?.accepted_seq as number | null | undefined) ?? null;
}

/** Nothing that it says stays here; its sealed bytes do, to be known again. It is not sealed anew. */
export function forgetContent(sql: Sql, position: number): void {
  sql.run("UPDATE outbox SET content = x'' WHERE position = ?", position);
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

/** It waits again, for something that it needs first. */
export function unseal(sql: Sql, position: number): void {
  sql.run(
    "UPDATE outbox SET state = 'waiting', epoch = NULL, body = NULL, live = NULL, kept = NULL WHERE position = ?",
    position,
  );
}
