/**
 * What commits of a group's past did, by their notes (spec/history.md, "Notes"). They are read from the newest back, since
 * each removal tells who was a member before it.
 */
import { openNote } from '@sotto/crypto';
import { type AccountId, type ConversationId, idFromBytes, limits } from '@sotto/protocol';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { canHaveSpoken } from '../conversations/members.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { type GroupEffect, lineChanges } from '../groups/readNote.ts';
import type { DecodedEntry } from '../sync/entry.ts';
import { type FoundKeys, findEpochKeys } from './epochKeys.ts';

export interface OpenedNotes {
  /** By the entry's `seq`. */
  readonly notes: ReadonlyMap<number, GroupEffect>;
  readonly keys: FoundKeys;
  /** Accounts that these commits took out of the group. */
  readonly former: ReadonlySet<AccountId>;
  /** Accounts whose chains are needed. */
  readonly wanted: ReadonlySet<AccountId>;
}

/** `epochs`: others of which keys are wanted. */
export async function openNotes(
  device: DeviceContext,
  step: Pick<Step, 'read'>,
  row: ConversationRow,
  logId: ConversationId,
  entries: readonly DecodedEntry[],
  epochs: readonly bigint[],
): Promise<OpenedNotes> {
  const notes = new Map<number, GroupEffect>();
  // Whom the log itself says to have been taken out: who had left goes without a note.
  const former = new Set(row.kind === 'group' ? entries.flatMap(removedBy) : []);
  const wanted = new Set<AccountId>();
  const noted = row.kind === 'group' ? entries.filter(hasNote).reverse() : [];
  const all = [...epochs, ...noted.map((entry) => entry.epoch + 1n)];
  const self = device.self.accountId;
  const canSpeak = (id: AccountId) => former.has(id) || step.read((sql) => canHaveSpoken(sql, self, row, id));
  let keys = await findEpochKeys(device, step, row, logId, all, former);
  // Who deposited an earlier key, and made an earlier commit, may have been taken out by one that is read here.
  for (let round = 0; round <= noted.length; round++) {
    const formerBefore = former.size;
    for (const entry of noted) {
      if (notes.has(entry.seq) || !canSpeak(entry.sender.accountId)) continue;
      const chain = await device.directory.chain(entry.sender.accountId);
      if (chain === null) wanted.add(entry.sender.accountId);
      else {
        const note = await openOne(device, logId, entry, keys, chain);
        if (note === null) continue;
        notes.set(entry.seq, note);
        for (const change of note.changes) {
          if (change.kind === 'removed') for (const id of change.accountIds) former.add(id);
          if (change.kind === 'left') former.add(change.accountId);
        }
      }
    }
    if (former.size === formerBefore) break;
    keys = await findEpochKeys(device, step, row, logId, all, former);
  }
  return { notes, keys, former, wanted };
}

async function openOne(
  device: DeviceContext,
  conversationId: ConversationId,
  { kind, epoch: before, transactionId, sender }: DecodedEntry,
  { keys }: FoundKeys,
  chain: Parameters<typeof openNote>[4],
): Promise<GroupEffect | null> {
  if (kind.case !== 'commit') return null;
  const epoch = before + 1n;
  const place = { conversationId, epoch, transactionId, sender };
  // It goes with the commit, whose log says it under its hash chain.
  const seesEarlier = kind.value.accountsAdded.some((one) => one.readsFromStart);
  for (const { historyKey } of keys.get(epoch) ?? []) {
    const opened = await openNote(device.provider, historyKey, kind.value.note, place, chain);
    if (opened.kind === 'refused') continue;
    return {
      changes: lineChanges(opened.changes, seesEarlier),
      details: opened.details?.encoded ?? null,
      inviteKeys: opened.inviteKeys,
    };
  }
  return null;
}

function removedBy({ kind }: DecodedEntry): AccountId[] {
  if (kind.case !== 'commit') return [];
  return kind.value.accountsRemoved
    .slice(0, limits.accountsPerConversation)
    .flatMap((id) => idFromBytes<AccountId>(id) ?? []);
}

function hasNote({ kind }: DecodedEntry): boolean {
  return kind.case === 'commit' && kind.value.note.length > 0;
}
