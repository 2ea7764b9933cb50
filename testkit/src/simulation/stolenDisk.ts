/**
 * What somebody reads who has the disk of a device as it was when it went, and everything that the server has stored
 * since (spec/simulator.md §Checkers): its history keys, the deposits they open, and its groups followed as far as they
 * go. By the engine's own functions: where they open something, the device was left a key that it should not have.
 */
import type { DatabaseSync } from 'node:sqlite';
import { fromBinary } from '@bufbuild/protobuf';
import { readGroup, type Sql } from '@sotto/client';
import {
  type ConversationGroup,
  type CryptoContext,
  type Directory,
  decodeConversationGroup,
  historyKeyOf,
  openDeposit,
  openKeptMessage,
  type Provider,
  stageCommit,
  unprotectMessage,
  type VerifiedChain,
  verifyChain,
} from '@sotto/crypto';
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  type Entry,
  EntrySchema,
  type MessageEntry,
  MessageEntrySchema,
} from '@sotto/protocol';
import type { ReadEntry } from '../checkers/observation.ts';
import type { ClientDisk } from './clientDisk.ts';
import { readChains, readKeyring, readLogEntries, readLogHeads } from './serverRecords.ts';

interface Thief {
  readonly disk: ClientDisk;
  readonly accountId: AccountId;
  readonly database: DatabaseSync;
  readonly context: CryptoContext;
  readonly chains: ReadonlyMap<AccountId, VerifiedChain>;
}

/** Every message that can be read, of any conversation. */
export async function readWithStolenDisk(
  provider: Provider,
  disk: ClientDisk,
  accountId: AccountId,
  database: DatabaseSync,
  nowMs: number,
): Promise<ReadEntry[]> {
  const chains = new Map<AccountId, VerifiedChain>();
  for (const [account, entries] of readChains(database)) {
    const chain = await verifyChain(provider, entries, { accountId: account });
    if (chain.kind === 'verifiedChain') chains.set(account, chain);
  }
  const thief: Thief = { disk, accountId, database, context: { provider, nowMs }, chains };
  const read: ReadEntry[] = [];
  for (const conversationId of readLogHeads(database).keys()) {
    const entries = readLogEntries(database, conversationId).map((bytes) => fromBinary(EntrySchema, bytes));
    const followed = await followGroup(thief, conversationId, entries);
    const keys = [
      ...storedKeys(thief, conversationId),
      ...(await depositedKeys(thief, conversationId)),
      ...followed.keys,
    ];
    for (const entry of entries) {
      const isOpen = followed.opened.has(entry.seq) || (await opens(thief, conversationId, entry, keys));
      if (isOpen) read.push({ conversationId, seq: Number(entry.seq), epoch: Number(entry.epoch) });
    }
  }
  return read;
}

function storedKeys({ disk }: Thief, conversationId: ConversationId): Uint8Array[] {
  return disk
    .all('SELECT history_key FROM epoch_key WHERE log_id = ?', conversationId)
    .map((row) => row.history_key as Uint8Array);
}

async function depositedKeys(thief: Thief, conversationId: ConversationId): Promise<Uint8Array[]> {
  const { disk, accountId, context, chains } = thief;
  const historyPrivateKeys = disk
    .all('SELECT private_key FROM history_key')
    .map((row) => row.private_key as Uint8Array);
  const keys: Uint8Array[] = [];
  for (const bytes of readKeyring(thief.database, accountId)) {
    const entry = fromBinary(EntrySchema, bytes);
    const depositor = senderOf(entry);
    const chain = chains.get(depositor.accountId);
    if (entry.kind.case !== 'deposit' || chain === undefined) continue;
    const { value } = entry.kind;
    if (value.conversationId.toHex() !== conversationId) continue;
    const { firstEpoch, ...deposit } = value;
    const opened = await openDeposit(
      context.provider,
      { accountId, historyPrivateKeys },
      { ...deposit, conversationId, ...(firstEpoch ? { firstEpoch } : {}) },
      depositor,
      chain,
    );
    if (opened.kind === 'deposit') {
      keys.push(opened.historyKey, ...(opened.earlier ?? []).map(({ historyKey }) => historyKey));
    }
  }
  return keys;
}

/** Reads on in the stored group, through each commit that can be followed. */
async function followGroup(
  { disk, context, chains }: Thief,
  conversationId: ConversationId,
  entries: readonly Entry[],
): Promise<{ readonly opened: ReadonlySet<bigint>; readonly keys: readonly Uint8Array[] }> {
  const opened = new Set<bigint>();
  const keys: Uint8Array[] = [];
  const reader: Sql = {
    all: disk.all,
    get: (sql, ...params) => disk.all(sql, ...params)[0],
    run: disk.write,
  };
  const row = reader.get('SELECT key FROM conversation WHERE log_id = ?', conversationId);
  const stored = row === undefined ? null : readGroup(reader, row.key as never);
  const decoded = stored === null ? null : decodeConversationGroup(context.provider, stored);
  if (decoded === null || decoded.kind === 'refused') return { opened, keys };
  const directory: Directory = { chainOf: async (accountId) => chains.get(accountId) ?? null };
  let group: ConversationGroup = decoded;
  keys.push(historyKeyOf(group));
  for (const { kind, seq, epoch, transactionId, passingMessage, ...entry } of entries) {
    if (epoch < group.epoch) continue;
    const sent = messageOf({ kind, passingMessage });
    if (sent !== null) {
      const { body, live } = sent;
      const message = { body, live, transactionId: transactionId.toHex() as never, sender: senderOf(entry) };
      const result = await unprotectMessage(context, group, message);
      group = result.group;
      if (result.kind === 'message') opened.add(seq);
    } else if (kind.case === 'commit') {
      const staged = await stageCommit(context, group, kind.value.commit, directory);
      const next = staged.kind === 'refused' ? null : staged.merge();
      if (next === null) break;
      group = next;
      keys.push(historyKeyOf(group));
    }
  }
  return { opened, keys };
}

async function opens(
  { context, chains }: Thief,
  conversationId: ConversationId,
  { kind, epoch, transactionId, passingMessage, ...entry }: Entry,
  keys: readonly Uint8Array[],
): Promise<boolean> {
  const sender = senderOf(entry);
  const chain = chains.get(sender.accountId);
  const sent = messageOf({ kind, passingMessage });
  if (sent?.kept === undefined || chain === undefined) return false;
  const { body, kept } = sent;
  const message = {
    conversationId,
    epoch,
    transactionId: transactionId.toHex() as never,
    body,
    kept,
    sender,
  };
  for (const key of keys) {
    if ((await openKeptMessage(context.provider, key, message, chain)).kind === 'message') return true;
  }
  return false;
}

/** What an entry says, where the server has it; of a commit null. */
function messageOf({ kind, passingMessage }: Pick<Entry, 'kind' | 'passingMessage'>): MessageEntry | null {
  if (kind.case === 'message') return kind.value;
  return kind.case === 'passing' && passingMessage.length > 0
    ? fromBinary(MessageEntrySchema, passingMessage)
    : null;
}

function senderOf(entry: Pick<Entry, 'senderAccount' | 'senderDevice'>) {
  return {
    accountId: entry.senderAccount.toHex() as AccountId,
    deviceId: entry.senderDevice.toHex() as DeviceId,
  };
}
