/** What the server of a simulation has stored, read past all of its ports: for checkers, and for who steals it. */
import type { DatabaseSync } from 'node:sqlite';
import { fromBinary } from '@bufbuild/protobuf';
import {
  type AccountId,
  type ChainEntry,
  type ConversationId,
  type DeviceId,
  EntrySchema,
  LogKind,
  MessageEntrySchema,
  type TransactionId,
} from '@sotto/protocol';
import type { ServerEntry, ServerLog } from '../checkers/observation.ts';

export interface LogHead {
  readonly head: number;
  readonly accounts: readonly AccountId[];
}

/** The newest `seq` of each conversation, and whose it is. */
export function readLogHeads(database: DatabaseSync): Map<ConversationId, LogHead> {
  const rows = database
    .prepare(
      `SELECT log.number, log.id, (SELECT max(seq) FROM entry WHERE entry.log = log.number) AS head
       FROM log JOIN conversation ON conversation.log = log.number`,
    )
    .all();
  return new Map(
    rows.map((row) => [
      (row.id as Uint8Array).toHex() as ConversationId,
      { head: row.head as number, accounts: accountsOf(database, row.number as number) },
    ]),
  );
}

export function readServerLogs(database: DatabaseSync): ServerLog[] {
  const conversations = database
    .prepare(
      `SELECT log.number, log.id, epoch, direct_pair IS NULL AS is_group
       FROM log JOIN conversation ON conversation.log = log.number`,
    )
    .all();
  return conversations.map((row) => ({
    conversationId: (row.id as Uint8Array).toHex() as ConversationId,
    kind: row.is_group === 1 ? ('group' as const) : ('direct' as const),
    firstSeqs: firstSeqsOf(database, row.number as number),
    accounts: accountsOf(database, row.number as number),
    epoch: row.epoch as number,
    entries: entriesOf(database, row.number as number).map(describeEntry),
  }));
}

/** Encoded entries of a conversation, in order. */
export function readLogEntries(database: DatabaseSync, conversationId: ConversationId): Uint8Array[] {
  const row = database
    .prepare('SELECT number FROM log JOIN conversation ON conversation.log = log.number WHERE id = ?')
    .get(Uint8Array.fromHex(conversationId));
  return row === undefined ? [] : entriesOf(database, row.number as number);
}

/** Encoded entries of an account's keyring, in order. */
export function readKeyring(database: DatabaseSync, accountId: AccountId): Uint8Array[] {
  const row = database
    .prepare('SELECT number FROM log WHERE kind = ? AND id = ?')
    .get(LogKind.KEYRING, Uint8Array.fromHex(accountId));
  return row === undefined ? [] : entriesOf(database, row.number as number);
}

export function readChains(database: DatabaseSync): Map<AccountId, ChainEntry[]> {
  const chains = new Map<AccountId, ChainEntry[]>();
  const rows = database
    .prepare(
      `SELECT account.id, body, signature FROM chain_entry JOIN account ON account.number = chain_entry.account
       ORDER BY account, seq`,
    )
    .all();
  for (const row of rows) {
    const accountId = (row.id as Uint8Array).toHex() as AccountId;
    const entry = { body: row.body, signature: row.signature } as ChainEntry;
    chains.set(accountId, [...(chains.get(accountId) ?? []), entry]);
  }
  return chains;
}

/** Devices that were removed from their accounts. */
export function readRemovedDevices(database: DatabaseSync): DeviceId[] {
  return database
    .prepare('SELECT id FROM device WHERE active = 0')
    .all()
    .map((row) => (row.id as Uint8Array).toHex() as DeviceId);
}

function entriesOf(database: DatabaseSync, log: number): Uint8Array[] {
  return database
    .prepare('SELECT bytes FROM entry WHERE log = ? ORDER BY seq')
    .all(log)
    .map((row) => row.bytes as Uint8Array);
}

function accountsOf(database: DatabaseSync, log: number): AccountId[] {
  return database
    .prepare(
      `SELECT account.id FROM member_account JOIN account ON account.number = member_account.account
       WHERE conversation = ? AND removed_seq IS NULL`,
    )
    .all(log)
    .map((row) => (row.id as Uint8Array).toHex() as AccountId);
}

/** From where on each account may read. */
function firstSeqsOf(database: DatabaseSync, log: number): ServerLog['firstSeqs'] {
  const rows = database
    .prepare(
      `SELECT account.id, first_seq FROM member_account
       JOIN account ON account.number = member_account.account WHERE conversation = ?`,
    )
    .all(log);
  const firstSeqs = {} as Record<AccountId, number>;
  for (const row of rows) {
    const accountId = (row.id as Uint8Array).toHex() as AccountId;
    firstSeqs[accountId] = row.first_seq as number;
  }
  return firstSeqs;
}

function describeEntry(bytes: Uint8Array): ServerEntry {
  const entry = fromBinary(EntrySchema, bytes);
  const commit = entry.kind.case === 'commit' ? entry.kind.value : null;
  const isPassing = entry.kind.case === 'passing';
  const message =
    entry.kind.case === 'message'
      ? entry.kind.value
      : isPassing && entry.passingMessage.length > 0
        ? fromBinary(MessageEntrySchema, entry.passingMessage)
        : null;
  const ids = (members: readonly { deviceId: Uint8Array }[] = []) =>
    members.map((member) => member.deviceId.toHex() as DeviceId);
  return {
    seq: Number(entry.seq),
    acceptedAtMs: Number(entry.acceptedAtMs),
    kind: commit === null ? 'message' : 'commit',
    isPassing,
    hasContent: isPassing && message !== null,
    kept: message?.kept !== undefined,
    messageId: entry.transactionId.toHex() as TransactionId,
    sender: entry.senderDevice.toHex() as DeviceId,
    epoch: Number(entry.epoch),
    added: ids(commit?.added),
    removed: ids(commit?.removed),
    accountsAdded: (commit?.accountsAdded ?? []).map(({ accountId, readsFromStart }) => ({
      accountId: accountId.toHex() as AccountId,
      readsFromStart,
    })),
    accountsRemoved: (commit?.accountsRemoved ?? []).map((bytes) => bytes.toHex() as AccountId),
  };
}
