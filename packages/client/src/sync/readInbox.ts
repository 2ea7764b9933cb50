import {
  type GroupRefusal,
  isHistoryOn,
  type JoinedGroup,
  joinFromWelcome,
  type Policy,
  welcomeKeyPackages,
} from '@sotto/crypto';
import {
  type AccountId,
  type ConversationId,
  idFromBytes,
  limits,
  type TransactionId,
} from '@sotto/protocol';
import { readInboxCursor, setInboxCursor } from '../account/deviceTable.ts';
import {
  canBeWith,
  isOwnMaking,
  isPartyKnown,
  type Party,
  partyOf,
} from '../conversations/conversationPeer.ts';
import {
  type ConversationKey,
  conversationByKey,
  findConversationByLog,
  findDirectConversation,
  insertConversation,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { rememberLog } from '../conversations/forgottenTable.ts';
import type { Changes } from '../device/changes.ts';
import { cryptoContext, type DeviceContext, randomId } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { noteLogMissed } from '../groupCalls/missedCallsTable.ts';
import { applyGroupEffect } from '../groups/applyGroupEffect.ts';
import { enterGroup } from '../groups/enterGroup.ts';
import { tellTitle } from '../groups/groupInfoTable.ts';
import { deletePending } from '../groups/groupTable.ts';
import { type GroupEffect, readNote } from '../groups/readNote.ts';
import { mayRejoin } from '../groups/refusedCommit.ts';
import { storeEpochKey } from '../history/epochKeys.ts';
import { addSpan } from '../history/spanTable.ts';
import { findPrivatePart, useUpKeyPackages } from '../keyPackages/keyPackageTable.ts';
import { groupNotice } from '../messages/groupNotice.ts';
import { findMessage, hasMessageAt, insertMessage } from '../messages/messageTable.ts';
import type { NoticeKind } from '../messages/notice.ts';
import { applyOwnState } from '../ownState/applyOwnState.ts';
import { readOwnState } from '../ownState/ownStateTable.ts';
import { checkRejoined } from '../policy/historyChoice.ts';
import type { Sql } from '../ports.ts';
import { type DecodedEntry, decodeEntry, seqLimit } from './entry.ts';
import { inboxKey, storeUnreadable } from './unreadableTable.ts';

const titleDelayMs = 5_000;

export type InboxStep =
  | {
      readonly kind: 'taken';
      readonly joined: ConversationKey | null;
      readonly seq: number;
      /** What would have opened it is not here: this device comes in by itself. */
      readonly isMissed?: boolean;
    }
  | { readonly kind: 'duplicate' | 'gap' | 'malformed' }
  | { readonly kind: 'chains'; readonly wanted: ReadonlySet<AccountId> };

/**
 * Takes one entry of the inbox: a Welcome makes this device a member of a conversation. Group, conversation,
 * cursor and the end of the used KeyPackage are one transaction (spec/sync.md §Inbox).
 */
export async function readInboxEntry(
  device: DeviceContext,
  step: Step,
  bytes: Uint8Array,
  options: { readonly settled: ReadonlySet<AccountId>; readonly acceptMalformed: boolean },
): Promise<InboxStep> {
  const cursor = step.read(readInboxCursor);
  const entry = decodeEntry(device.provider, bytes);
  if (entry === null) {
    if (!options.acceptMalformed) return { kind: 'malformed' };
    return refuse(step, cursor + 1, 'malformed', bytes);
  }
  if (entry.seq <= cursor) return { kind: 'duplicate' };
  if (entry.seq > cursor + 1) return { kind: 'gap' };
  if (entry.kind.case !== 'welcome') return refuse(step, entry.seq, 'unsupported', bytes);
  const { value } = entry.kind;
  const logId = idFromBytes<ConversationId>(value.conversationId);
  const commitSeq = Number(value.commitSeq);
  const isOutOfBounds =
    value.welcome.length > limits.welcomeSizeBytes ||
    value.ratchetTree.length > limits.ratchetTreeSizeBytes ||
    commitSeq < 1 ||
    commitSeq >= seqLimit;
  if (logId === null || isOutOfBounds) return refuse(step, entry.seq, 'malformed', bytes);

  const keyPackages = welcomeKeyPackages(value.welcome);
  const refuseIt = (reason: GroupRefusal['reason']) => refuse(step, entry.seq, reason, bytes, keyPackages);
  const present = step.read((sql) => findConversationByLog(sql, logId));
  if (present !== null && present.state === 'ready' && !present.broken && commitSeq <= present.cursor) {
    // Joined already, by a commit of one's own. One that comes later is of who was taken out meanwhile, and is back.
    await step.commit((sql) => {
      useUpKeyPackages(sql, keyPackages);
      setInboxCursor(sql, entry.seq);
    });
    return { kind: 'taken', joined: null, seq: entry.seq };
  }
  const lookups = device.directory.lookups(options.settled);
  const joined = await joinFromWelcome(
    cryptoContext(device),
    device.self,
    {
      conversationId: logId,
      welcome: value.welcome,
      ratchetTree: value.ratchetTree,
      findKeyPackage: (ref) => step.read((sql) => findPrivatePart(sql, ref)),
    },
    lookups,
  );
  const party = joined.kind === 'joined' ? partyOf(device, joined.group.policy) : null;
  const peerId = party?.peerId ?? null;
  const wanted = new Set(lookups.missing);
  if (peerId !== null && device.directory.account(peerId) === null && !options.settled.has(peerId)) {
    wanted.add(peerId);
  }
  if (wanted.size > 0) return { kind: 'chains', wanted };
  if (joined.kind === 'refused') return refuseIt(joined.reason);
  if (party === null) return refuseIt('account_not_in_policy');
  if (!isPartyKnown(device, party)) return refuseIt('chain_unavailable');
  // The server said that this log belongs to what waits for somebody else: that goes on waiting.
  const isMisplaced = present !== null && !step.read((sql) => canBeWith(sql, present, party));
  if (isMisplaced && !(present.state === 'joining' && isOwnMaking(present))) {
    return refuseIt('wrong_conversation');
  }

  // An epoch that this device has been in is over, whatever Welcome comes for it.
  const held = present === null ? null : step.read((sql) => device.groups.get(sql, present.key));
  if (held !== null && joined.group.epoch <= held.epoch) return refuseIt('stale_epoch');

  const { policy } = joined.group;
  if (present !== null && !step.read((sql) => mayRejoin(sql, device.self.accountId, present, policy))) {
    return refuseIt('policy_changed');
  }

  const { transactionId, sender } = entry;
  const noted = await readNote(device, joined.group, { note: value.note, transactionId, sender }, null, null);
  const key = await step.commit((sql, changes) => {
    if (isMisplaced) {
      deletePending(sql, present.key);
      updateConversation(sql, present.key, { logId: null, state: 'waiting' });
      changes.conversation(present.conversationId);
    }
    if (present !== null && !isMisplaced) {
      const { accountId } = device.self;
      checkRejoined(sql, present, accountId, held?.policy ?? null, joined.group.policy);
    }
    return storeJoined(device, sql, changes, { entry, logId, party, commitSeq, joined, noted });
  });
  if (isMisplaced) device.wake(present.key);
  device.groups.dropped(key);
  device.groups.replaced(key, [joined.group]);
  return { kind: 'taken', joined: key, seq: entry.seq };
}

interface Joined {
  readonly entry: DecodedEntry;
  readonly logId: ConversationId;
  readonly party: Party;
  readonly commitSeq: number;
  readonly joined: JoinedGroup;
  /** Null in direct conversations. */
  readonly noted: GroupEffect | null;
}

function storeJoined(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  { entry, logId, party, commitSeq, joined, noted }: Joined,
): ConversationKey {
  const conversation = conversationForLog(sql, {
    logId,
    peerId: party.peerId,
    lastActivityMs: entry.acceptedAtMs,
  });
  deletePending(sql, conversation.key);
  device.groups.storeAnew(sql, conversation.key, joined.group);
  storeEpochKey(sql, joined.group);
  const { policy } = joined.group;
  enterGroup(sql, conversation, policy);
  noteLogMissed(sql, conversation.key, device.serverClock.nowMs());
  if (noted !== null && policy.kind === 'group')
    applyGroupEffect(sql, conversation.key, policy, noted, { seq: commitSeq, isOwn: false });
  tellTitle(sql, { ...conversation, logId, state: 'ready' }, device.clock.now() + titleDelayMs);
  // A device that was taken out and is back has messages up to its removal.
  const cursor = Math.max(commitSeq, conversation.cursor);
  addSpan(sql, conversation.key, { fromSeq: cursor, toSeq: cursor });
  updateConversation(sql, conversation.key, { state: 'ready', cursor, broken: false, ...party });
  // Where history was read up to here already, the entry has its place.
  if (cursor > conversation.cursor && !hasMessageAt(sql, conversation.key, cursor)) {
    // The sender chose the id, and may have chosen one that is in use here.
    const isFree = findMessage(sql, conversation.key, entry.transactionId) === null;
    const messageId = isFree ? entry.transactionId : randomId<TransactionId>(device.provider);
    insertMessage(sql, conversation.key, {
      order: cursor,
      messageId,
      senderId: entry.sender.accountId,
      senderDevice: entry.sender.deviceId,
      sentAtMs: entry.acceptedAtMs,
      state: 'received',
      bodyKind: 'notice',
      detail:
        noted === null || noted.changes.length === 0
          ? beginning(commitSeq, policy)
          : groupNotice(noted.changes),
    });
    changes.message(conversation.conversationId, messageId);
  }
  // What the account's other devices say of it may have come before it.
  const row = conversation.cursor === 0 ? conversationByKey(sql, conversation.key) : null;
  if (row !== null) applyOwnState(device, sql, changes, row, readOwnState(sql, row));
  useUpKeyPackages(sql, [joined.usedKeyPackageRef]);
  setInboxCursor(sql, entry.seq);
  changes.conversation(conversation.conversationId);
  return conversation.key;
}

function beginning(commitSeq: number, policy: Policy): NoticeKind {
  if (commitSeq !== 1) return 'joinedLate';
  return isHistoryOn(policy) ? 'conversationStarted' : 'startedWithoutHistory';
}

/**
 * The local conversation for a log of the server: the one it is known by, or one with the same peer that waits
 * for the server's word (its messages go there), or a new one.
 */
export function conversationForLog(
  sql: Sql,
  log: {
    readonly logId: ConversationId;
    /** Null for a group. */
    readonly peerId: AccountId | null;
    readonly lastActivityMs: number;
  },
): { readonly key: ConversationKey; readonly conversationId: ConversationId; readonly cursor: number } {
  const known = findConversationByLog(sql, log.logId);
  if (known !== null) return known;
  const direct = log.peerId === null ? null : findDirectConversation(sql, log.peerId);
  if (direct !== null && direct.state === 'waiting') {
    deletePending(sql, direct.key);
    updateConversation(sql, direct.key, { logId: log.logId, state: 'joining' });
    return direct;
  }
  rememberLog(sql, log.logId);
  return insertConversation(sql, { ...log, conversationId: log.logId, state: 'joining' });
}

async function refuse(
  step: Step,
  seq: number,
  reason: GroupRefusal['reason'] | 'unsupported',
  bytes: Uint8Array,
  keyPackages: readonly Uint8Array[] = [],
): Promise<InboxStep> {
  await step.commit((sql) => {
    useUpKeyPackages(sql, keyPackages);
    storeUnreadable(sql, inboxKey, seq, reason, bytes);
    setInboxCursor(sql, seq);
  });
  return { kind: 'taken', joined: null, seq, isMissed: reason === 'unknown_key_package' };
}
