import {
  type ConversationGroup,
  type GroupRefusal,
  isHistoryOn,
  type Policy,
  type PolicyChange,
  stageCommit,
  unprotectMessage,
} from '@sotto/crypto';
import type { AccountId, DeviceId } from '@sotto/protocol';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import type { ChainLookups } from '../directory/directory.ts';
import type { CommitPurpose, PendingRow } from '../groups/groupTable.ts';
import { openPending } from '../groups/openPending.ts';
import { epochKeyOf } from '../history/epochKeys.ts';
import type { EpochKey } from '../history/epochKeyTable.ts';
import { decodeContent, type MessageContent } from '../messages/content.ts';
import { type DecodedEntry, decodeEntry } from './entry.ts';
import type { PassedOver } from './passedOverTable.ts';

interface Device {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
}

/** What an entry of a conversation's log comes to, before anything of it is stored. */
export type EntryEffect = { readonly entry: DecodedEntry; readonly bytes: Uint8Array } & (
  | (MessageContent & { readonly sender: Device })
  /** A message of this device: matched with the outbox. */
  | { readonly kind: 'ownMessage' }
  | {
      readonly kind: 'ownCommit';
      readonly purpose: CommitPurpose;
      readonly epochKey: EpochKey | null;
      readonly policyChange: PolicyChange | null;
      /** Of the group that was left or went on; null: there was none. */
      readonly policyBefore: Policy | null;
      readonly policy: Policy;
    }
  | {
      readonly kind: 'commit';
      readonly epochKey: EpochKey | null;
      readonly policyChange: PolicyChange | null;
      /** From this commit on. */
      readonly policy: Policy;
      readonly by: Device;
      readonly joined: readonly Device[];
      readonly left: readonly Device[];
    }
  | { readonly kind: 'selfRemoved' }
  /**
   * `lost`: the group cannot follow the log from here on. `isFinal`: history must not open it either, whatever key comes:
   * it is not of the epoch that it stands in, or that has no history.
   */
  | {
      readonly kind: 'unreadable';
      readonly reason: string;
      readonly lost: boolean;
      readonly isFinal?: boolean;
    }
);

export interface ReadEntries {
  readonly effects: readonly EntryEffect[];
  /** States the group went through, oldest first; empty where it is unchanged. */
  readonly states: readonly ConversationGroup[];
  readonly removed: boolean;
  /** How many of the entries are dealt with: taken or passed over as duplicates. */
  readonly consumed: number;
  /** Why it stopped before the end: see sync.ts. */
  readonly stopped: 'no' | 'gap' | 'malformed' | 'chains';
  readonly wanted: ReadonlySet<AccountId>;
}

export interface ReadOptions {
  readonly cursor: number;
  /** Null where it was lost: then only this device's own entries can be read. */
  readonly group: ConversationGroup | null;
  readonly pending: PendingRow | null;
  readonly lookups: ChainLookups;
  /** Accounts whose chains were just asked for. */
  readonly settled: ReadonlySet<AccountId>;
  /** Entries of an epoch that were not read by the group (spec/sync.md §Long absences). */
  readonly passedOver?: PassedOver;
  /** Take an entry that does not decode as the next of the log (it came so twice). */
  readonly acceptMalformed: boolean;
}

/** Refusals that a newer chain may turn into acceptance. */
const chainReasons: ReadonlySet<GroupRefusal['reason']> = new Set([
  'chain_unavailable',
  'invalid_credential',
  'not_allowed_to_remove',
]);

/**
 * Reads entries that follow `cursor`, in order and without gaps (spec/sync.md §Reading). Pure but for the
 * group's erasure-safe states: nothing is stored and nothing replaced.
 */
export async function readEntries(
  device: DeviceContext,
  entries: readonly Uint8Array[],
  options: ReadOptions,
): Promise<ReadEntries> {
  const effects: EntryEffect[] = [];
  const states: ConversationGroup[] = options.group === null ? [] : [options.group];
  let group = options.group;
  let pending = options.pending;
  let cursor = options.cursor;
  let consumed = 0;
  let removed = false;
  const finish = (
    stopped: ReadEntries['stopped'],
    wanted: ReadonlySet<AccountId> = new Set(),
  ): ReadEntries => ({
    effects,
    states: group === options.group ? [] : states,
    removed,
    consumed,
    stopped,
    wanted,
  });
  const advance = (next: ConversationGroup): void => {
    if (next === group) return;
    group = next;
    states.push(next);
  };

  for (const bytes of entries) {
    const decoded = decodeEntry(bytes);
    if (decoded === null && !options.acceptMalformed) return finish('malformed');
    const entry = decoded ?? malformedEntry(cursor + 1);
    if (entry.seq <= cursor) {
      consumed += 1;
      continue;
    }
    if (entry.seq > cursor + 1) return finish('gap');
    const isOwn = entry.sender.deviceId === device.self.deviceId;
    const { kind } = entry;
    if (kind.case === 'message' && isOwn) {
      effects.push({ kind: 'ownMessage', entry, bytes });
    } else if (group === null && (kind.case === 'message' || (kind.case === 'commit' && !isOwn))) {
      effects.push({ kind: 'unreadable', reason: 'no_group', lost: true, entry, bytes });
    } else if (kind.case === 'message' && group !== null) {
      const opened = await unprotectMessage(cryptoContext(device), group, {
        body: kind.value.body,
        live: kind.value.live,
        transactionId: entry.transactionId,
        sender: entry.sender,
        ...(options.passedOver === undefined || options.passedOver.epoch !== group.epoch
          ? {}
          : { passedOver: options.passedOver.entries }),
      });
      advance(opened.group);
      if (opened.kind === 'refused') {
        const lost = opened.reason === 'future_epoch';
        const isFinal = isOutOfPlace(entry, opened.group, lost);
        effects.push({ kind: 'unreadable', reason: opened.reason, lost, isFinal, entry, bytes });
      } else {
        const content = decodeContent(opened.content);
        if (content.kind === 'refused') {
          effects.push({ kind: 'unreadable', reason: content.reason, lost: false, entry, bytes });
        } else effects.push({ ...content, sender: opened.sender, entry, bytes });
      }
    } else if (kind.case === 'commit' && isOwn) {
      const own = pending?.transactionId === entry.transactionId ? pending : null;
      const made = own === null ? null : openPending(device.provider, own, group);
      if (own === null || made === null || made.kind === 'refused') {
        effects.push({ kind: 'unreadable', reason: 'own_commit', lost: true, entry, bytes });
      } else {
        const policyBefore = group?.policy ?? null;
        advance(made.next);
        effects.push({
          kind: 'ownCommit',
          purpose: own.purpose,
          epochKey: epochKeyOf(made.next),
          policyChange: made.policyChange,
          policyBefore,
          policy: made.next.policy,
          entry,
          bytes,
        });
        pending = null;
      }
    } else if (kind.case === 'commit' && group !== null) {
      const staged = await stageCommit(cryptoContext(device), group, kind.value.commit, options.lookups);
      if (staged.kind === 'refused') {
        const wanted = wantedChains(staged, group, options);
        if (wanted.size > 0) return finish('chains', wanted);
        const lost = staged.reason !== 'stale_epoch';
        effects.push({ kind: 'unreadable', reason: staged.reason, lost, entry, bytes });
      } else {
        const next = staged.merge();
        if (next === null) {
          removed = true;
          effects.push({ kind: 'selfRemoved', entry, bytes });
          consumed += 1;
          return finish('no');
        }
        advance(next);
        effects.push({
          kind: 'commit',
          epochKey: epochKeyOf(next),
          policyChange: staged.policyChange,
          policy: next.policy,
          by: staged.by,
          joined: staged.joined,
          left: staged.left,
          entry,
          bytes,
        });
      }
    } else {
      const reason = decoded === null ? 'malformed' : 'unsupported';
      effects.push({ kind: 'unreadable', reason, lost: false, entry, bytes });
    }
    cursor = entry.seq;
    consumed += 1;
  }
  return finish('no');
}

/**
 * A server could keep what a device wrote until that was removed; and a removed device knows keys of its own time, and
 * can deposit false ones for a time without history. No honest entry stands there.
 */
function isOutOfPlace({ epoch }: DecodedEntry, group: ConversationGroup, lost: boolean): boolean {
  if (epoch === group.epoch) return !isHistoryOn(group.policy);
  return epoch < group.epoch || !lost;
}

function wantedChains(refusal: GroupRefusal, group: ConversationGroup, options: ReadOptions): Set<AccountId> {
  const wanted = new Set(options.lookups.missing);
  if (chainReasons.has(refusal.reason)) {
    for (const account of group.policy.accountIds) if (!options.settled.has(account)) wanted.add(account);
  }
  return wanted;
}

function malformedEntry(seq: number): DecodedEntry {
  const none = '00'.repeat(16);
  return {
    seq,
    acceptedAtMs: 0,
    transactionId: none as DecodedEntry['transactionId'],
    sender: { accountId: none as AccountId, deviceId: none as DeviceId },
    epoch: 0n,
    kind: { case: undefined },
    prevHash: null,
  };
}
