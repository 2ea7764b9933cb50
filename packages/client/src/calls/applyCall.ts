/**
 * Stores what an entry of the log makes of a call (reduceCall.ts), in the transaction of the entry: the call, its line in the
 * thread, what came for who holds its media, and what this device has to say to it.
 */
import type { DeviceRef } from '@sotto/crypto';
import { type DeviceId, limits, type TransactionId } from '@sotto/protocol';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { isHereInGroup } from '../groupCalls/isInGroupCall.ts';
import { countUnread, deleteMessage } from '../messages/messageTable.ts';
import { insertOutboxItem } from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import type { EntryScene } from '../sync/entryScene.ts';
import { areCallsBlocked, blocked } from './blockedCalls.ts';
import {
  changeLine,
  detailOf,
  isMissedBy,
  type LineDetail,
  type LinePlace,
  putLine,
  readLine,
} from './callLine.ts';
import { type CallMessage, type CallMessageOf, encodeCall } from './callMessage.ts';
import { type CallOver, type CallState, ended, newCall, settled } from './callState.ts';
import {
  addUpdate,
  type CallRow,
  deleteUpdates,
  findCall,
  openCalls,
  openCallsOf,
  storeCall,
} from './callTable.ts';
import {
  type CallEntry,
  endOf,
  isOpenAt,
  type Reduced,
  reduceAnswer,
  reduceConfirm,
  reduceEnd,
  reduceInvite,
  reduceRemoval,
  reduceUpdate,
  secondInvite,
} from './reduceCall.ts';

/** A conversation in a transaction. */
export interface CallScene {
  readonly device: Pick<DeviceContext, 'self' | 'provider' | 'clock' | 'serverClock'>;
  readonly sql: Sql;
  readonly changes: Changes;
  readonly row: Pick<
    ConversationRow,
    'key' | 'conversationId' | 'kind' | 'peerId' | 'logId' | 'state' | 'cursor'
  >;
}

export interface ReceivedCall {
  readonly message: CallMessage;
  readonly sender: DeviceRef;
  /** Of an answer: the epoch's part of the keys. */
  readonly exported: string | null;
  readonly timerSeconds: number;
  /** When the line of a call that was this account's own (`mine`) disappears; null: its clock has not started, or it stays. */
  readonly deadline: (mine: boolean) => number | null;
}

export function applyCall(scene: EntryScene, received: ReceivedCall): void {
  const { device, sql, changes, draft, entry } = scene;
  const calls: CallScene = { device, sql, changes, row: draft };
  const at = { seq: entry.seq, acceptedAtMs: entry.acceptedAtMs, sender: received.sender };
  applyReceived(calls, received, at);
  if (received.message.kind !== 'end' && received.message.kind !== 'invite') return;
  draft.unreadCount = countUnread(sql, draft.key, draft.ownRead);
  draft.lastActivityMs = Math.max(draft.lastActivityMs, entry.acceptedAtMs);
}

export function applyReceived(scene: CallScene, received: ReceivedCall, entry: CallEntry): void {
  const { sql, device, row } = scene;
  const { message } = received;
  if (row.kind !== 'direct' || row.peerId === null || row.peerId === device.self.accountId) return;
  const known = findCall(sql, message.callId);
  // Ids are chosen by callers: a call of another conversation is not touched.
  if (known !== null && known.key !== row.key) return;
  switch (message.kind) {
    case 'invite':
      applyInvite(scene, message, entry, known);
      return;
    case 'answer':
      if (known !== null) {
        const exported = received.exported ?? known.state.exported;
        take(scene, known, reduceAnswer(known.state, message, entry, device.self, exported));
        if (entry.sender.deviceId === device.self.deviceId) refuseOthers(scene, message.callId);
      }
      return;
    case 'confirm':
      if (known !== null) take(scene, known, reduceConfirm(known.state, message, entry, fits(scene)));
      return;
    case 'update':
      if (known !== null) take(scene, known, reduceUpdate(known.state, message, entry, device.self));
      return;
    case 'end':
      applyEnd(scene, message, entry, { ...received, known });
      return;
  }
}

const fits =
  ({ device }: CallScene) =>
  (secret: string, commitment: string): boolean =>
    device.provider.sha256(Uint8Array.fromHex(secret)).toHex() === commitment;

function applyInvite(
  scene: CallScene,
  message: CallMessageOf<'invite'>,
  entry: CallEntry,
  known: CallRow | null,
): void {
  const { sql, device, row } = scene;
  const { self } = device;
  const isOwn = entry.sender.deviceId === self.deviceId;
  // What the log does not have yet gives way to what it has, should somebody have chosen the same id.
  if (known !== null && !isUntold(known.state)) return;
  const own = isOwn ? (known?.state ?? null) : null;
  const open = openByLog(scene, entry.acceptedAtMs);
  if (open !== null) {
    // It is over before it was one; what else is said of it does nothing.
    const second = own ?? newCall(message.callId, message.relayTag);
    store(scene, secondInvite(open, second, self));
    const isGlare = open.phase === 'ringing' && open.caller?.accountId !== entry.sender.accountId;
    if (isGlare && entry.sender.accountId === self.accountId) {
      // Whoever calls an account wants to talk to it, also where its calls ring nowhere.
      const expected = isOwn ? 'here' : 'elsewhere';
      store(scene, { ...open, expected, ...(open.isBlocked ? { isBlocked: false, hasRungOut: false } : {}) });
    }
    return;
  }
  const isBlocked = entry.sender.accountId !== self.accountId && areCallsBlocked(sql, row);
  const invited = reduceInvite(message, entry, own);
  const state = isBlocked ? { ...invited, ...blocked } : invited;
  store(scene, state);
  const detail = detailOf(state, self.accountId);
  if (detail !== null) {
    const { deviceId } = entry.sender;
    putLine(placeOf(scene), state.callId, {
      detail,
      callerDevice: deviceId,
      order: entry.seq,
      atMs: entry.acceptedAtMs,
    });
  }
  if (isBlocked) return;
  // An own invite that is on its way in the same conversation turns out to be second.
  const isInOther = openCalls(sql).some(({ key, state: other }) => isHere(other) && key !== row.key);
  const isFree = !isInOther && !isHereInGroup(sql);
  if (!isFree && entry.sender.accountId !== self.accountId) say(scene, row.key, endOf(state, 'busy', 0));
}

/** The log has nothing of it. */
const isUntold = ({ phase }: CallState): boolean => phase === 'prepared' || phase === 'inviting';

/** The call that the log has open in the conversation at that time; those that are over by time are ended. */
function openByLog(scene: CallScene, atMs: number): CallState | null {
  let open: CallState | null = null;
  for (const { state } of openCallsOf(scene.sql, scene.row.key)) {
    if (state.phase !== 'ringing' && state.phase !== 'answered') continue;
    if (isOpenAt(state, atMs)) open = state;
    else finish(scene, state, overByTime(state));
  }
  return open;
}

export function overByTime({ phase, invite, answeredAtMs }: CallState): CallOver {
  if (phase === 'ringing') return { kind: 'unanswered', durationMs: null };
  return { kind: 'answered', durationMs: Math.max(0, (invite?.atMs ?? 0) - (answeredAtMs ?? 0)) };
}

/** Whether this device is in the call, or tries to be. */
export function isHere({ phase, own }: CallState): boolean {
  return phase !== 'prepared' && phase !== 'over' && own !== null && own.state !== 'leaving';
}

/** This device took a call: what rings beside it is told that it is busy. */
function refuseOthers(scene: CallScene, callId: CallState['callId']): void {
  const { sql, device } = scene;
  for (const { key, state } of openCalls(sql)) {
    const isOthers = state.phase === 'ringing' && state.caller?.accountId !== device.self.accountId;
    if (isOthers && state.callId !== callId && !state.hasRungOut) say(scene, key, endOf(state, 'busy', 0));
  }
}

function take(scene: CallScene, known: CallRow, reduced: Reduced | null): void {
  if (reduced === null) return;
  const { sql } = scene;
  const { state, say: answer, update } = reduced;
  store(scene, state);
  const wasRinging = known.state.phase === 'ringing' && state.phase === 'answered';
  // Devices that are not in it have no use for what the caller told.
  if (wasRinging && state.own === null) deleteUpdates(sql, state.callId);
  if (update !== undefined) addUpdate(sql, state.callId, update);
  if (answer !== undefined) say(scene, known.key, answer);
  const detail = detailOf(state, scene.device.self.accountId);
  if (detail !== null && (wasRinging || state.hasVideo !== known.state.hasVideo)) {
    changeLine(placeOf(scene), state.callId, detail);
  }
}

interface EndParts extends Pick<ReceivedCall, 'timerSeconds' | 'deadline'> {
  readonly known: CallRow | null;
}

/** Also read from history, on devices that were not there. */
export function applyEnd(
  scene: CallScene,
  message: CallMessageOf<'end'>,
  entry: CallEntry,
  { known, timerSeconds, deadline }: EndParts,
): void {
  const { device } = scene;
  const { accountId: self } = device.self;
  const place = placeOf(scene);
  if (readLine(scene.sql, scene.row.key, message.callId)?.isSettled === true) return;
  let state = known === null || isUntold(known.state) ? null : known.state;
  if (state !== null && state.phase !== 'over') {
    const over = reduceEnd(state, message, entry);
    if (over === null) return;
    state = ended(state, over);
    store(scene, state);
  }
  const isWhole = state?.caller != null;
  const detail = isWhole && state !== null ? detailOf(state, self) : detailOfEnd(message, entry, scene);
  if (detail === null) return;
  const over: CallOver = { kind: message.outcome, durationMs: null };
  store(scene, settled(state ?? { ...newCall(message.callId, ''), over }));
  forgetPassed(scene, state?.invite?.seq ?? message.inviteSeq, entry);
  putLine(place, message.callId, {
    detail: { ...detail, isSettled: true },
    callerDevice: state?.caller?.deviceId ?? entry.sender.deviceId,
    order: entry.seq,
    atMs: entry.acceptedAtMs,
    timerSeconds,
    expiresAtMs: deadline(detail.callerId === self),
  });
}

/** Of a call that this device knows nothing else of: what is said of it, which may be untrue where the other side says it. */
function detailOfEnd(
  { callerId, hasVideo, outcome, durationMs, inviteSeq }: CallMessageOf<'end'>,
  { sender }: CallEntry,
  { device, sql, row }: CallScene,
): LineDetail | null {
  const { accountId: self } = device.self;
  if (callerId !== self && callerId !== row.peerId) return null;
  return {
    callerId,
    hasVideo,
    outcome,
    isMissed: callerId !== self && outcome !== 'failed' && isMissedBy(outcome) && !areCallsBlocked(sql, row),
    isTaken: callerId !== self && sender.accountId === self && outcome === 'answered',
    durationMs: outcome === 'answered' ? Math.min(durationMs, limits.callLifetimeMs) : null,
    inviteSeq,
    isSettled: true,
  };
}

/**
 * Passing entries of a call are no messages that have disappeared. Where its invite was is the other side's word where this
 * device was not there: of what is older than calls can be it is not taken.
 */
export function forgetPassed(
  { sql, changes, row }: CallScene,
  fromSeq: number,
  end: Pick<CallEntry, 'seq' | 'acceptedAtMs'>,
): void {
  const lines = sql.all(
    `SELECT message_id FROM message
     WHERE conversation = ? AND ord >= ? AND ord < ? AND body_kind = 'notice' AND detail = 'disappeared'
       AND sent_at_ms >= ?`,
    row.key,
    fromSeq,
    end.seq,
    end.acceptedAtMs - limits.callLifetimeMs,
  );
  for (const { message_id: id } of lines) {
    deleteMessage(sql, row.key, id as TransactionId);
    changes.removedMessage(row.conversationId, id as TransactionId);
  }
}

/** Devices were taken out of the conversation, or this one was (`isMember` of nobody). */
export function applyRemoval(
  scene: CallScene,
  isMember: (deviceId: DeviceId) => boolean,
  acceptedAtMs: number,
): void {
  for (const { key, state } of openCallsOf(scene.sql, scene.row.key)) {
    const over = reduceRemoval(state, isMember, acceptedAtMs);
    if (over === null) continue;
    // Later devices are to know of it, too.
    if (isHere(state)) say(scene, key, endOf(state, over.outcome ?? 'failed', over.durationMs ?? 0));
    finish(scene, state, over);
  }
}

/** Over, and nobody has said so in the log (yet): its line stays where it is. */
export function finish(scene: CallScene, state: CallState, over: CallOver): void {
  const done = ended(state, over);
  store(scene, done);
  const detail = detailOf(done, scene.device.self.accountId);
  if (detail !== null) changeLine(placeOf(scene), state.callId, detail);
}

export function store(scene: CallScene, state: CallState): void {
  storeCall(scene.sql, scene.row.key, state, scene.device.clock.now());
  scene.changes.call(state.callId);
}

/** Queues a message; whoever commits wakes the conversation (`Changes.callsToSend`). */
export function say(
  { sql, changes, device }: CallScene,
  key: ConversationRow['key'],
  message: CallMessage,
  transactionId: TransactionId = randomId<TransactionId>(device.provider),
): void {
  insertOutboxItem(sql, key, {
    transactionId,
    kind: 'call',
    content: encodeCall(device.clock.now(), message),
  });
  changes.callToSend(key);
}

export function placeOf({ sql, changes, row, device }: CallScene): LinePlace {
  return { sql, changes, key: row.key, conversationId: row.conversationId, self: device.self.accountId };
}
