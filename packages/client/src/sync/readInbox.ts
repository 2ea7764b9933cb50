import {
  type GroupRefusal,
  isHistoryOn,
  type JoinedGroup,
  joinFromWelcome,
  type Policy,
} from '@sotto/crypto';
import {
  type AccountId,
  type ConversationId,
  idFromBytes,
  limits,
  type TransactionId,
} from '@sotto/protocol';
import { readInboxCursor, setInboxCursor } from '../account/deviceTable.ts';
import { canBeWith, isOwnMaking, peerOf } from '../conversations/conversationPeer.ts';
import {
  type ConversationKey,
  findConversationByLog,
  findDirectConversation,
  insertConversation,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { cryptoContext, type DeviceContext, randomId } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { deletePending } from '../groups/groupTable.ts';
import { storeEpochKey } from '../history/epochKeys.ts';
import { addSpan } from '../history/spanTable.ts';
import { deleteKeyPackage, findPrivatePart } from '../keyPackages/keyPackageTable.ts';
import { findMessage, hasMessageAt, insertMessage } from '../messages/messageTable.ts';
import type { NoticeKind } from '../messages/notice.ts';
import { checkRejoined } from '../policy/historyChoice.ts';
import type { Sql } from '../ports.ts';
import { type DecodedEntry, decodeEntry, seqLimit } from './entry.ts';
import { inboxKey, storeUnreadable } from './unreadableTable.ts';

export type InboxStep =
  | { readonly kind: 'taken'; readonly joined: ConversationKey | null; readonly seq: number }
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
  const entry = decodeEntry(bytes);
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

  const present = step.read((sql) => findConversationByLog(sql, logId));
  if (present !== null && present.state === 'ready' && !present.broken) {
    // Joined already, by a commit of one's own.
    await step.commit((sql) => setInboxCursor(sql, entry.seq));
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
  const peerId = joined.kind === 'joined' ? peerOf(device, joined.group.policy) : null;
  const wanted = new Set(lookups.missing);
  if (peerId !== null && device.directory.account(peerId) === null && !options.settled.has(peerId)) {
    wanted.add(peerId);
  }
  if (wanted.size > 0) return { kind: 'chains', wanted };
  if (joined.kind === 'refused') return refuse(step, entry.seq, joined.reason, bytes);
  if (peerId === null) return refuse(step, entry.seq, 'account_not_in_policy', bytes);
  // The server said that this log belongs to what waits for somebody else: that goes on waiting.
  const isMisplaced = present !== null && !step.read((sql) => canBeWith(sql, present, peerId));
  if (isMisplaced && !(present.state === 'joining' && isOwnMaking(present))) {
    return refuse(step, entry.seq, 'wrong_conversation', bytes);
  }

  // A Welcome for the last-resort KeyPackage may come again: an epoch that this device has been in is over.
  const held = present === null ? null : step.read((sql) => device.groups.get(sql, present.key));
  if (held !== null && joined.group.epoch <= held.epoch) return refuse(step, entry.seq, 'stale_epoch', bytes);

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
    return storeJoined(device, sql, changes, { entry, logId, peerId, commitSeq, joined });
  });
  if (isMisplaced) device.wake(present.key);
  device.groups.dropped(key);
  device.groups.replaced(key, [joined.group]);
  return { kind: 'taken', joined: key, seq: entry.seq };
}

interface Joined {
  readonly entry: DecodedEntry;
  readonly logId: ConversationId;
  readonly peerId: AccountId;
  readonly commitSeq: number;
  readonly joined: JoinedGroup;
}

function storeJoined(
  device: DeviceContext,
  sql: Sql,
  changes: Changes,
  { entry, logId, peerId, commitSeq, joined }: Joined,
): ConversationKey {
  const conversation = conversationForLog(sql, { logId, peerId, lastActivityMs: entry.acceptedAtMs });
  deletePending(sql, conversation.key);
  device.groups.storeAnew(sql, conversation.key, joined.group);
  storeEpochKey(sql, joined.group);
  // A device that was taken out and is back has messages up to its removal.
  const cursor = Math.max(commitSeq, conversation.cursor);
  addSpan(sql, conversation.key, { fromSeq: cursor, toSeq: cursor });
  updateConversation(sql, conversation.key, { state: 'ready', cursor, broken: false, peerId });
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
      detail: beginning(commitSeq, joined.group.policy),
    });
    changes.message(conversation.conversationId, messageId);
  }
  deleteKeyPackage(sql, joined.usedKeyPackageRef);
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
  log: { readonly logId: ConversationId; readonly peerId: AccountId; readonly lastActivityMs: number },
): { readonly key: ConversationKey; readonly conversationId: ConversationId; readonly cursor: number } {
  const known = findConversationByLog(sql, log.logId);
  if (known !== null) return known;
  const direct = findDirectConversation(sql, log.peerId);
  if (direct !== null && direct.state === 'waiting') {
    deletePending(sql, direct.key);
    updateConversation(sql, direct.key, { logId: log.logId, state: 'joining' });
    return direct;
  }
  return insertConversation(sql, { ...log, conversationId: log.logId, state: 'joining' });
}

async function refuse(
  step: Step,
  seq: number,
  reason: GroupRefusal['reason'] | 'unsupported',
  bytes: Uint8Array,
): Promise<InboxStep> {
  await step.commit((sql) => {
    storeUnreadable(sql, inboxKey, seq, reason, bytes);
    setInboxCursor(sql, seq);
  });
  return { kind: 'taken', joined: null, seq };
}
