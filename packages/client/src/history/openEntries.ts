import { openKeptMessage } from '@sotto/crypto';
import type { AccountId, ConversationId } from '@sotto/protocol';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { decodeContent, type MessageContent } from '../messages/content.ts';
import type { DecodedEntry } from '../sync/entry.ts';
import { type FoundKeys, findEpochKeys } from './epochKeys.ts';
import { hasEpochKey } from './epochKeyTable.ts';

/** What an entry read from history shows. Entries that show nothing (receipts, commits) have no effect. */
export type HistoryEffect = { readonly entry: DecodedEntry; readonly bytes: Uint8Array } & (
  | (MessageContent & { readonly kind: 'text' })
  | { readonly kind: 'started' }
  /** Of an epoch with history off: not for this device, be it a text or a receipt. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'unreadable'; readonly reason: string }
);

export interface OpenedEntries {
  readonly effects: readonly HistoryEffect[];
  readonly keys: FoundKeys;
  /** Accounts whose chain, as it is here, does not have a device that sent something. */
  readonly wanted: ReadonlySet<AccountId>;
}

interface ReceivedEntry {
  readonly entry: DecodedEntry;
  readonly bytes: Uint8Array;
}

/**
 * Opens what entries say by their kept wraps, in any order and side by side (spec/history.md §Opening). Only the
 * conversation's own accounts count as senders: which log is whose is the server's word until the group tells.
 */
export async function openEntries(
  device: DeviceContext,
  step: Pick<Step, 'read'>,
  row: ConversationRow,
  logId: ConversationId,
  entries: readonly ReceivedEntry[],
): Promise<OpenedEntries> {
  const epochs = entries.flatMap(({ entry }) =>
    entry.kind.case === 'message' && entry.kind.value.kept !== undefined ? [entry.epoch] : [],
  );
  const keys = await findEpochKeys(device, step, row, logId, epochs);
  const wanted = new Set(keys.wanted);
  let epochSoFar = 0n;
  const opened = await Promise.all(
    entries.map((one) => {
      // Epochs do not go back: what says so was kept by the server, or written later by who has the keys of then.
      if (one.entry.epoch < epochSoFar) return { kind: 'unreadable' as const, reason: 'stale_epoch', ...one };
      epochSoFar = one.entry.epoch;
      const effect = openUnkept(device, step, logId, one);
      return effect === undefined ? openEntry(device, row, logId, one, keys, wanted) : effect;
    }),
  );
  return { effects: opened.filter((effect) => effect !== null), keys, wanted };
}

/** A message without a kept wrap; undefined for any other entry. */
function openUnkept(
  device: DeviceContext,
  step: Pick<Step, 'read'>,
  logId: ConversationId,
  { entry, bytes }: ReceivedEntry,
): HistoryEffect | null | undefined {
  if (entry.kind.case !== 'message' || entry.kind.value.kept !== undefined) return undefined;
  // What this device sent it has.
  if (entry.sender.deviceId === device.self.deviceId) return null;
  const isKept = step.read((sql) => hasEpochKey(sql, logId, entry.epoch));
  return isKept ? null : { kind: 'gap', entry, bytes };
}

async function openEntry(
  device: DeviceContext,
  row: ConversationRow,
  logId: ConversationId,
  { entry, bytes }: ReceivedEntry,
  { keys }: FoundKeys,
  wanted: Set<AccountId>,
): Promise<HistoryEffect | null> {
  if (entry.kind.case === 'commit') return entry.seq === 1 ? { kind: 'started', entry, bytes } : null;
  if (entry.kind.case !== 'message') return null;
  const { body, kept } = entry.kind.value;
  if (kept === undefined) return null;
  const unreadable = (reason: string): HistoryEffect => ({ kind: 'unreadable', reason, entry, bytes });
  const { accountId } = entry.sender;
  if (accountId !== device.self.accountId && accountId !== row.peerId) return unreadable('unknown_sender');
  const chain = await device.directory.chain(accountId);
  if (chain === null) {
    wanted.add(accountId);
    return unreadable('unknown_sender');
  }
  const candidates = keys.get(entry.epoch) ?? [];
  let reason: string = 'history_key_missing';
  for (const historyKey of candidates) {
    const { epoch, transactionId, sender } = entry;
    const message = { conversationId: logId, epoch, transactionId, body, kept, sender };
    const result = await openKeptMessage(device.provider, historyKey, message, chain);
    if (result.kind === 'message') {
      const content = decodeContent(result.content);
      if (content.kind === 'text') return { ...content, entry, bytes };
      return content.kind === 'refused' ? unreadable(content.reason) : null;
    }
    ({ reason } = result);
    if (reason === 'unknown_sender') wanted.add(accountId);
    if (reason !== 'kept_not_decryptable') break;
  }
  return unreadable(reason);
}
