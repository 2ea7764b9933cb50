import { openKeptMessage } from '@sotto/crypto';
import type { AccountId, ConversationId } from '@sotto/protocol';
import type { CallMessageOf } from '../calls/callMessage.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { canHaveSpoken } from '../conversations/members.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import type { GroupCallMessageOf } from '../groupCalls/groupCallMessage.ts';
import type { GroupEffect } from '../groups/readNote.ts';
import type { LogPosition } from '../integrity/entryHashTable.ts';
import { type ChangeKind, decodeContent, isChange, type MessageContent } from '../messages/content.ts';
import { type MessageRules, rulesOfRoles } from '../messages/messageRules.ts';
import type { DecodedEntry } from '../sync/entry.ts';
import type { FoundKeys } from './epochKeys.ts';
import { hasEpochKey } from './epochKeyTable.ts';
import { rulesAt } from './epochRules.ts';
import { type OpenedNotes, openNotes } from './openNotes.ts';

/** What an entry read from history shows. Entries that show nothing (receipts, commits) have no effect. */
export type HistoryEffect = { readonly entry: DecodedEntry; readonly bytes: Uint8Array } & (
  | (MessageContent & { readonly kind: 'text' | ChangeKind; readonly rules: MessageRules })
  | {
      readonly kind: 'callEnd';
      readonly message: CallMessageOf<'end'>;
      readonly timerSeconds: number;
      readonly seen: LogPosition | null;
    }
  | {
      readonly kind: 'groupCall';
      readonly message: GroupCallMessageOf<'start' | 'end'>;
      readonly timerSeconds: number;
      readonly rules: MessageRules;
      readonly seen: LogPosition | null;
    }
  | { readonly kind: 'started' }
  /** A commit that changed a group. */
  | { readonly kind: 'noted'; readonly note: GroupEffect }
  /** The same, and what it did cannot be read (yet). */
  | { readonly kind: 'unnoted' }
  /** Of an epoch with history off: not for this device, be it a text or a receipt. */
  | { readonly kind: 'gap' }
  /** A message that was not to stay: gone at the server, or nothing that history opens. */
  | { readonly kind: 'disappeared' }
  | { readonly kind: 'unreadable'; readonly reason: string }
);

export interface OpenedEntries {
  readonly effects: readonly HistoryEffect[];
  readonly keys: FoundKeys;
  /** Accounts that were members before. */
  readonly former: ReadonlySet<AccountId>;
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
  const past = await openNotes(
    device,
    step,
    row,
    logId,
    entries.map(({ entry }) => entry),
    epochs,
  );
  const { keys, former } = past;
  const wanted = new Set([...keys.wanted, ...past.wanted]);
  let epochSoFar = 0n;
  const opened = await Promise.all(
    entries.map((one) => {
      // Epochs do not go back: what says so was kept by the server, or written later by who has the keys of then.
      if (one.entry.epoch < epochSoFar) return { kind: 'unreadable' as const, reason: 'stale_epoch', ...one };
      epochSoFar = one.entry.epoch;
      const effect = openUnkept(device, step, logId, one);
      return effect === undefined ? openEntry(device, step, row, logId, one, past, wanted) : effect;
    }),
  );
  return { effects: opened.filter((effect) => effect !== null), keys, former, wanted };
}

/** A message without a kept wrap; undefined for any other entry. */
function openUnkept(
  device: DeviceContext,
  step: Pick<Step, 'read'>,
  logId: ConversationId,
  { entry, bytes }: ReceivedEntry,
): HistoryEffect | null | undefined {
  if (entry.isPassing) {
    return entry.sender.deviceId === device.self.deviceId ? null : { kind: 'disappeared', entry, bytes };
  }
  if (entry.kind.case !== 'message' || entry.kind.value.kept !== undefined) return undefined;
  // What this device sent it has.
  if (entry.sender.deviceId === device.self.deviceId) return null;
  const isKept = step.read((sql) => hasEpochKey(sql, logId, entry.epoch));
  return isKept ? null : { kind: 'gap', entry, bytes };
}

async function openEntry(
  device: DeviceContext,
  step: Pick<Step, 'read'>,
  row: ConversationRow,
  logId: ConversationId,
  { entry, bytes }: ReceivedEntry,
  { keys: { keys }, notes, former }: OpenedNotes,
  wanted: Set<AccountId>,
): Promise<HistoryEffect | null> {
  if (entry.kind.case === 'commit') {
    const note = notes.get(entry.seq);
    if (note !== undefined) return { kind: 'noted', note, entry, bytes };
    if (row.kind === 'group' && entry.kind.value.note.length > 0) return { kind: 'unnoted', entry, bytes };
    return entry.seq === 1 ? { kind: 'started', entry, bytes } : null;
  }
  if (entry.kind.case !== 'message') return null;
  const { body, kept } = entry.kind.value;
  if (kept === undefined) return null;
  const unreadable = (reason: string): HistoryEffect => ({ kind: 'unreadable', reason, entry, bytes });
  const { accountId } = entry.sender;
  const isOurs =
    former.has(accountId) || step.read((sql) => canHaveSpoken(sql, device.self.accountId, row, accountId));
  if (!isOurs) {
    return unreadable('unknown_sender');
  }
  const chain = await device.directory.chain(accountId);
  if (chain === null) {
    wanted.add(accountId);
    return unreadable('unknown_sender');
  }
  const candidates = keys.get(entry.epoch) ?? [];
  let reason: string = 'history_key_missing';
  for (const { historyKey, roles } of candidates) {
    const { epoch, transactionId, sender } = entry;
    const message = { conversationId: logId, epoch, transactionId, body, kept, sender };
    const result = await openKeptMessage(device.provider, historyKey, message, chain);
    if (result.kind === 'message') {
      const content = decodeContent(result.content);
      if (content.kind === 'refused') return unreadable(content.reason);
      // Kept against its own word: it is not shown to who was not there.
      if (content.timerSeconds > 0) return { kind: 'disappeared', entry, bytes };
      if (content.kind === 'call') {
        const { message, timerSeconds } = content;
        if (message?.kind !== 'end') return null;
        return { kind: 'callEnd', message, timerSeconds, seen: content.seen, entry, bytes };
      }
      const rules = roles === undefined ? step.read((sql) => rulesAt(sql, row)) : rulesOfRoles(roles);
      if (content.kind === 'groupCall') {
        const { message, timerSeconds } = content;
        if (message?.kind !== 'start' && message?.kind !== 'end') return null;
        return { kind: 'groupCall', message, timerSeconds, rules, seen: content.seen, entry, bytes };
      }
      if (content.kind !== 'text' && !isChange(content)) return null;
      return { ...content, rules, entry, bytes };
    }
    ({ reason } = result);
    if (reason === 'unknown_sender') wanted.add(accountId);
    if (reason !== 'kept_not_decryptable') break;
  }
  return unreadable(reason);
}
