import {
  type ConversationGroup,
  exportForCall,
  exportForGroupCall,
  type GroupEvent,
  type GroupRefusal,
  isHistoryOn,
  type Policy,
  type PolicyChange,
  passOverMessage,
  shorterTimer,
  stageCommit,
  unprotectMessage,
} from '@sotto/crypto';
import { type AccountId, type DeviceId, type GroupDetails, GroupDetailsSchema } from '@sotto/protocol';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import type { ChainLookups } from '../directory/directory.ts';
import { callRulesOf, type GroupCallRules } from '../groupCalls/groupCallRules.ts';
import type { CommitPurpose, PendingRow } from '../groups/groupTable.ts';
import { openPending } from '../groups/openPending.ts';
import { type GroupEffect, readNote } from '../groups/readNote.ts';
import type { RefusedCommit } from '../groups/refusedCommit.ts';
import { epochKeyOf } from '../history/epochKeys.ts';
import type { EpochKey } from '../history/epochKeyTable.ts';
import { decodeContent, type MessageContent } from '../messages/content.ts';
import { type MessageRules, noRules, rulesOfPolicy } from '../messages/messageRules.ts';
import { type DecodedEntry, decodeEntry } from './entry.ts';
import type { PassedOver } from './passedOverTable.ts';

interface Device {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
}

/** What an entry of a conversation's log comes to, before anything of it is stored. */
export type EntryEffect = { readonly entry: DecodedEntry; readonly bytes: Uint8Array } & (
  | (MessageContent & {
      readonly sender: Device;
      readonly rules: MessageRules;
      /** Of answers of calls, and keys of calls of groups: the epoch's part of the keys, in hexadecimal. */
      readonly exported?: string;
      /** Of what is said of calls of groups. */
      readonly callRules?: GroupCallRules;
    })
  /** A message that the server let go of before it came here. */
  | { readonly kind: 'disappeared' }
  /** A message of this device: matched with the outbox. */
  | { readonly kind: 'ownMessage'; readonly rules: MessageRules; readonly callRules: GroupCallRules }
  | {
      readonly kind: 'ownCommit';
      readonly purpose: CommitPurpose;
      readonly epochKey: EpochKey | null;
      readonly policyChange: PolicyChange | null;
      /** Of the group that was left or went on; null: there was none. */
      readonly policyBefore: Policy | null;
      readonly policy: Policy;
      /** The wish that it fulfils. */
      readonly changeId: string | null;
      readonly events: readonly GroupEvent[];
      /** From this commit on. */
      readonly devices: ReadonlySet<DeviceId>;
      /** Null in direct conversations. */
      readonly group: GroupEffect | null;
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
      /** From this commit on. */
      readonly devices: ReadonlySet<DeviceId>;
      /** Null in direct conversations. */
      readonly group: GroupEffect | null;
    }
  | { readonly kind: 'selfRemoved'; readonly by: Device }
  /**
   * `lost`: the group cannot follow the log from here on. `isFinal`: history must not open it either, whatever key comes:
   * it is not of the epoch that it stands in, or that has no history.
   */
  | {
      readonly kind: 'unreadable';
      readonly reason: string;
      readonly lost: boolean;
      readonly isFinal?: boolean;
      /** Another's commit of the epoch that this device is in. */
      readonly refusedCommit?: RefusedCommit;
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
  /** Of a group of people, as they are known before these entries. */
  readonly details?: () => GroupDetails | null;
  /** Take an entry that does not decode as the next of the log (it came so twice). */
  readonly acceptMalformed: boolean;
}

/** Refusals that a newer chain may turn into acceptance. */
const chainReasons: ReadonlySet<GroupRefusal['reason']> = new Set([
  'chain_unavailable',
  'invalid_credential',
  'not_allowed_to_remove',
]);

/** Refusals by what this device knows of who is a device of whom: those who know less may have taken the commit. */
const listReasons: ReadonlySet<GroupRefusal['reason']> = new Set(['chain_unavailable', 'invalid_credential']);

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

  let details: GroupDetails | null | undefined;
  const noteOf = async (
    next: ConversationGroup,
    { transactionId }: DecodedEntry,
    { accountId, deviceId }: Device,
    note: Uint8Array,
    events: readonly GroupEvent[],
  ): Promise<GroupEffect | null> => {
    details ??= options.details?.() ?? null;
    const sender = { accountId, deviceId };
    const read = await readNote(device, next, { note, transactionId, sender }, events, details);
    if (read?.details != null) details = decodeMessage(GroupDetailsSchema, read.details);
    return read;
  };

  for (const bytes of entries) {
    const decoded = decodeEntry(device.provider, bytes);
    if (decoded === null && !options.acceptMalformed) return finish('malformed');
    const entry = decoded ?? malformedEntry(cursor + 1);
    if (entry.seq <= cursor) {
      consumed += 1;
      continue;
    }
    if (entry.seq > cursor + 1) return finish('gap');
    const isOwn = entry.sender.deviceId === device.self.deviceId;
    const { kind } = entry;
    if ((kind.case === 'message' || kind.case === 'passing') && isOwn) {
      effects.push({
        kind: 'ownMessage',
        rules: group === null ? noRules : rulesOfPolicy(group.policy),
        callRules: callRulesOf(group?.policy ?? null),
        entry,
        bytes,
      });
    } else if (kind.case === 'passing') {
      // Nobody will bring it any more; who recorded it is not to find its key here.
      if (group !== null && entry.epoch === group.epoch) advance(await passOverMessage(group, entry.sender));
      effects.push({ kind: 'disappeared', entry, bytes });
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
        } else {
          const rules = rulesOfPolicy(opened.group.policy);
          // Whatever the sender's client says, no message stays longer than its conversation's do.
          const timerSeconds = shorterTimer(content.timerSeconds, opened.group.policy.timerSeconds);
          const exported = callExport(opened.group, content);
          effects.push({
            ...content,
            timerSeconds,
            sender: opened.sender,
            rules,
            ...(content.kind === 'groupCall' ? { callRules: callRulesOf(opened.group.policy) } : {}),
            ...(exported === null ? {} : { exported }),
            entry,
            bytes,
          });
        }
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
          changeId: own.changeId,
          events: made.groupEvents,
          devices: devicesOf(made.next),
          group: await noteOf(made.next, entry, device.self, kind.value.note, made.groupEvents),
          entry,
          bytes,
        });
        pending = null;
      }
    } else if (kind.case === 'commit' && group !== null) {
      const { commit } = kind.value;
      const context = cryptoContext(device);
      const staged = await stageCommit(context, group, commit, options.lookups, entry.acceptedAtMs);
      if (staged.kind === 'refused') {
        const wanted = wantedChains(staged, group, options);
        if (wanted.size > 0) return finish('chains', wanted);
        const lost = staged.reason !== 'stale_epoch';
        const refusedCommit: RefusedCommit = listReasons.has(staged.reason) ? 'chains' : 'rules';
        // One of a later epoch comes of one that was refused before it.
        const isOfNow = entry.epoch === group.epoch;
        const found = { reason: staged.reason, lost, ...(isOfNow ? { refusedCommit } : {}) };
        effects.push({ kind: 'unreadable', ...found, entry, bytes });
      } else {
        const next = staged.merge();
        if (next === null) {
          removed = true;
          effects.push({ kind: 'selfRemoved', by: staged.by, entry, bytes });
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
          devices: devicesOf(next),
          group: await noteOf(next, entry, staged.by, kind.value.note, staged.groupEvents),
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

/** The keys of a call come of the epoch that its answer, or their own entry, stands in. */
function callExport(group: ConversationGroup, content: MessageContent): string | null {
  const isOfGroup = group.policy.kind === 'group';
  if (content.kind === 'groupCall' && content.message?.kind === 'keys' && isOfGroup) {
    return content.message.step === 0 ? exportForGroupCall(group, content.message.callId).toHex() : null;
  }
  if (content.kind !== 'call' || content.message?.kind !== 'answer' || isOfGroup) return null;
  return exportForCall(group, content.message.callId).toHex();
}

function devicesOf({ roster }: ConversationGroup): ReadonlySet<DeviceId> {
  return new Set(roster.map(({ deviceId }) => deviceId));
}

function wantedChains(refusal: GroupRefusal, group: ConversationGroup, options: ReadOptions): Set<AccountId> {
  const wanted = new Set(options.lookups.missing);
  // Who is missing is asked for first. Without them any of the members may have changed since.
  if (wanted.size === 0 && chainReasons.has(refusal.reason)) {
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
    isPassing: false,
    prevHash: null,
  };
}
