/**
 * Who has a device with all that is stored on it, and everything that the server ever saw and sent: what they can open
 * (spec/disappearing.md, "The keys"). By the engine's own functions, from every state and key that the device leads to.
 */
import { fromBinary } from '@bufbuild/protobuf';
import {
  type ConversationGroup,
  decodeConversationGroup,
  decodePendingCommit,
  historyKeyOf,
  joinFromWelcome,
  openAccountItem,
  openDeposit,
  openKeptMessage,
  type Provider,
  type StoredGroup,
  stageCommit,
  unprotectMessage,
  type VerifiedChain,
  verifyChain,
} from '@sotto/crypto';
import {
  type AccountId,
  AppendRequestSchema,
  type ConversationId,
  type DepositEntry,
  type DeviceId,
  type KeptKey,
  LogKind,
  PutAccountItemsRequestSchema,
  RequestSchema,
  ServerFrameSchema,
  type TransactionId,
  type WelcomeEntry,
} from '@sotto/protocol';
import { readStoredChain } from '../directory/chainTable.ts';
import { readGroup } from '../groups/groupTable.ts';
import { decodeContent } from '../messages/content.ts';
import { decodeItem } from '../ownState/conversationState.ts';
import type { Row, Sql } from '../ports.ts';
import { decodeEntry } from '../sync/entry.ts';
import type { TestDisk } from './faultyDatabase.ts';
import type { TestDevice } from './testDevice.ts';

type Sender = { readonly accountId: AccountId; readonly deviceId: DeviceId };

interface SeenMessage {
  readonly conversationId: ConversationId;
  readonly epoch: bigint;
  readonly transactionId: TransactionId;
  readonly sender: Sender;
  readonly body: Uint8Array;
  readonly live: Uint8Array;
  readonly kept: KeptKey | undefined;
}

/** What goes between devices and the server, from when each of them is attached. */
export class Recorder {
  readonly #provider: Provider;
  readonly messages = new Map<string, SeenMessage>();
  readonly commits = new Map<
    string,
    { conversationId: ConversationId; seq: number; epoch: bigint; commit: Uint8Array }
  >();
  readonly welcomes = new Map<string, WelcomeEntry>();
  readonly deposits = new Map<string, { readonly by: Sender; readonly deposit: DepositEntry }>();
  readonly items: {
    readonly accountId: AccountId;
    readonly slot: Uint8Array;
    readonly sealed: Uint8Array;
  }[] = [];
  /** Every byte of it. */
  readonly frames: Uint8Array[] = [];

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  /** Before it starts. */
  attach(device: TestDevice): void {
    const { toServer, toDevice } = device;
    device.toServer = (frame) => {
      this.#request(device, frame);
      return toServer(frame);
    };
    device.toDevice = (frame) => {
      this.#push(frame);
      return toDevice(frame);
    };
  }

  #request(device: TestDevice, frame: Uint8Array): void {
    this.frames.push(frame);
    const { method, payload } = fromBinary(RequestSchema, frame);
    if (method === 'PutAccountItems') {
      const { items } = fromBinary(PutAccountItemsRequestSchema, payload);
      this.items.push(...items.map(({ slot, sealed }) => ({ accountId: device.accountId, slot, sealed })));
    }
    if (method !== 'Append') return;
    const { kind, epoch, conversationId, transactionId } = fromBinary(AppendRequestSchema, payload);
    if (kind.case !== 'message') return;
    const deviceId = device.disk.rows('SELECT device_id FROM device')[0]?.device_id as DeviceId;
    this.#message(conversationId.toHex() as ConversationId, {
      epoch,
      transactionId: transactionId.toHex() as TransactionId,
      sender: { accountId: device.accountId, deviceId },
      ...kind.value,
      kept: kind.value.kept,
    });
  }

  #message(conversationId: ConversationId, message: Omit<SeenMessage, 'conversationId'>): void {
    this.messages.set(message.live.toHex(), { conversationId, ...message });
  }

  #push(frame: Uint8Array): void {
    this.frames.push(frame);
    const { kind } = fromBinary(ServerFrameSchema, frame);
    if (kind.case !== 'push' || kind.value.kind.case !== 'entries') return;
    const { log, entries } = kind.value.kind.value;
    for (const bytes of entries) {
      const entry = decodeEntry(this.#provider, bytes);
      if (entry === null || log === undefined) continue;
      const { seq, epoch, transactionId, sender, kind: content } = entry;
      const conversationId = log.id.toHex() as ConversationId;
      const key = bytes.toHex();
      if (content.case === 'welcome') this.welcomes.set(key, content.value);
      if (content.case === 'deposit') this.deposits.set(key, { by: sender, deposit: content.value });
      if (log.kind !== LogKind.CONVERSATION) continue;
      if (content.case === 'commit')
        this.commits.set(key, { conversationId, seq, epoch, commit: content.value.commit });
      if (content.case === 'message') {
        this.#message(conversationId, {
          epoch,
          transactionId,
          sender,
          ...content.value,
          kept: content.value.kept,
        });
      }
    }
  }
}

/** Everything of a disk that leads to keys. */
interface Stolen {
  readonly accountId: AccountId;
  readonly groups: readonly StoredGroup[];
  readonly pending: readonly Row[];
  readonly epochKeys: readonly Uint8Array[];
  readonly historyKeys: readonly Uint8Array[];
  readonly keyPackages: readonly Row[];
  readonly chains: ReadonlyMap<AccountId, VerifiedChain>;
  readonly self: Row;
}

/** A copy of what is on the disk now, with the accounts' chains of all `disks`: the server has them too. */
export async function steal(provider: Provider, disk: TestDisk, disks: readonly TestDisk[]): Promise<Stolen> {
  const database = disk.open();
  const chains = new Map<AccountId, VerifiedChain>();
  for (const each of disks) {
    for (const row of each.rows('SELECT DISTINCT account_id FROM chain_entry')) {
      const accountId = row.account_id as AccountId;
      const stored = each.open().read((sql) => readStoredChain(sql, accountId));
      const chain = await verifyChain(provider, stored!.entries, { accountId });
      if (chain.kind === 'verifiedChain') chains.set(accountId, chain);
    }
  }
  const groupsOf = (sql: Sql) =>
    sql.all('SELECT conversation FROM group_state').map((row) => readGroup(sql, row.conversation as never)!);
  const blobs = (sql: string): Uint8Array[] => disk.rows(sql).map((row) => row.bytes as Uint8Array);
  return {
    accountId: disk.rows('SELECT account_id FROM device')[0]!.account_id as AccountId,
    self: disk.rows('SELECT * FROM device')[0]!,
    groups: database.read(groupsOf),
    pending: disk.rows('SELECT pending FROM pending_commit'),
    epochKeys: blobs('SELECT history_key AS bytes FROM epoch_key'),
    historyKeys: blobs('SELECT private_key AS bytes FROM history_key ORDER BY position DESC'),
    keyPackages: disk.rows('SELECT ref, private_part FROM key_package'),
    chains,
  };
}

/** What opens of what was recorded. */
export interface Found {
  /** Texts of messages, and the kinds of what is none; each once, in the order in which they were recorded. */
  readonly said: readonly string[];
  /** Welcomes that open: for whoever opens one, the epoch begins anew. */
  readonly welcomes: number;
  /** Drafts in the account's items. */
  readonly drafts: readonly string[];
}

export async function openRecorded(
  provider: Provider,
  stolen: Stolen,
  recorder: Recorder,
  nowMs: number,
): Promise<Found> {
  const context = { provider, nowMs };
  const directory = { chainOf: async (accountId: AccountId) => stolen.chains.get(accountId) ?? null };
  const groups: ConversationGroup[] = [];
  for (const stored of stolen.groups) {
    const group = decodeConversationGroup(provider, copied(stored));
    if (group.kind !== 'refused') groups.push(group);
  }
  for (const { pending } of stolen.pending) {
    for (const base of [null, ...groups]) {
      const made = decodePendingCommit(provider, (pending as Uint8Array).slice(), base);
      if (made.kind !== 'refused') groups.push(made.next);
    }
  }
  const self = { accountId: stolen.accountId, deviceId: stolen.self.device_id as DeviceId } as never;
  const findKeyPackage = (ref: Uint8Array): Uint8Array | null => {
    const row = stolen.keyPackages.find((one) => one.ref === ref.toHex());
    return row === undefined ? null : (row.private_part as Uint8Array).slice();
  };
  let welcomes = 0;
  for (const { conversationId, welcome, ratchetTree } of recorder.welcomes.values()) {
    const options = {
      conversationId: conversationId.toHex() as ConversationId,
      welcome,
      ratchetTree,
      findKeyPackage,
    };
    const joined = await joinFromWelcome(context, self, options, directory);
    if (joined.kind === 'refused') continue;
    welcomes += 1;
    groups.push(joined.group);
  }
  const states: ConversationGroup[] = [];
  const commits = [...recorder.commits.values()].sort((one, other) => one.seq - other.seq);
  for (const first of groups) {
    let group = first;
    states.push(group);
    for (const { conversationId, epoch, commit } of commits) {
      if (conversationId !== group.conversationId || epoch !== group.epoch) continue;
      const staged = await stageCommit(context, group, commit, directory);
      const next = staged.kind === 'refused' ? null : staged.merge();
      if (next === null) break;
      group = next;
      states.push(group);
    }
  }
  const historyKeys = [
    ...stolen.epochKeys,
    ...states.map(historyKeyOf),
    ...(await depositedKeys(provider, stolen, recorder)),
  ];
  const said = new Set<string>();
  for (const message of recorder.messages.values()) {
    const content =
      (await openLive(context, states, message)) ?? (await openKept(provider, stolen, historyKeys, message));
    if (content !== null) said.add(sentence(content));
  }
  const items = recorder.items.flatMap(({ sealed, ...place }) => {
    if (place.accountId !== stolen.accountId) return [];
    const opened = openAccountItem(provider, stolen.historyKeys, place, sealed);
    return (opened && decodeItem(opened)?.state) ?? [];
  });
  const drafts = new Set(items.flatMap(({ draft }) => (draft.text === '' ? [] : [draft.text])));
  return { said: [...said], welcomes, drafts: [...drafts] };
}

/** In any state, also as if the device's own messages were another's: their keys come from the same tree. */
async function openLive(
  context: { readonly provider: Provider; readonly nowMs: number },
  states: readonly ConversationGroup[],
  message: SeenMessage,
): Promise<Uint8Array | null> {
  for (const group of states) {
    if (group.conversationId !== message.conversationId || group.epoch !== message.epoch) continue;
    for (const { leaf } of group.roster) {
      const as = { ...group, ownLeaf: leaf, state: { ...group.state, ownLeafIndex: leaf } };
      const opened = await unprotectMessage(context, as, message);
      if (opened.kind === 'message') return opened.content;
    }
  }
  return null;
}

async function openKept(
  provider: Provider,
  { chains }: Stolen,
  historyKeys: readonly Uint8Array[],
  { kept, ...message }: SeenMessage,
): Promise<Uint8Array | null> {
  const chain = chains.get(message.sender.accountId);
  if (kept === undefined || chain === undefined) return null;
  for (const key of historyKeys) {
    const opened = await openKeptMessage(provider, key, { ...message, kept }, chain);
    if (opened.kind === 'message') return opened.content;
  }
  return null;
}

async function depositedKeys(
  provider: Provider,
  { accountId, historyKeys, chains }: Stolen,
  { deposits }: Recorder,
): Promise<Uint8Array[]> {
  const keys: Uint8Array[] = [];
  const recipient = { accountId, historyPrivateKeys: historyKeys };
  for (const { by, deposit } of deposits.values()) {
    const chain = chains.get(by.accountId);
    if (chain === undefined) continue;
    const { firstEpoch, ...rest } = deposit;
    const conversationId = deposit.conversationId.toHex() as ConversationId;
    const sealed = { ...rest, conversationId, ...(firstEpoch ? { firstEpoch } : {}) };
    const opened = await openDeposit(provider, recipient, sealed, by, chain);
    if (opened.kind !== 'deposit') continue;
    keys.push(opened.historyKey, ...(opened.earlier ?? []).map(({ historyKey }) => historyKey));
  }
  return keys;
}

function copied({ suite, records }: StoredGroup): StoredGroup {
  return { suite, records: records.map((record) => ({ ...record, value: record.value.slice() })) };
}

function sentence(bytes: Uint8Array): string {
  const content = decodeContent(bytes);
  switch (content.kind) {
    case 'text':
      return content.text;
    case 'edit':
      return `edit: ${content.text}`;
    default:
      return content.kind;
  }
}
