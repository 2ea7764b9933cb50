/** Commands about calls of groups (apiGroupCalls.ts). Each stores what it does and what is to be said in one transaction. */
import { createShareKey, frameKeySizeBytes, joinIdSizeBytes } from '@sotto/crypto';
import {
  type CallId,
  type ConversationId,
  idToBytes,
  limits,
  Connection as Methods,
  SeatAnswerSchema,
  SeatRefusal,
  type TransactionId,
} from '@sotto/protocol';
import type { Outcome } from '../api.ts';
import type {
  GroupCallControl,
  GroupCallJoin,
  GroupCallMedia,
  GroupCallProblem,
  GroupCallSeat,
  GroupCallStart,
} from '../apiGroupCalls.ts';
import { type CallScene, say } from '../calls/applyCall.ts';
import { openCalls } from '../calls/callTable.ts';
import { isInCall } from '../calls/callViews.ts';
import { endOf } from '../calls/reduceCall.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import {
  type ConversationRow,
  conversationByKey,
  findConversation,
} from '../conversations/conversationTable.ts';
import { countMembers } from '../conversations/members.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { readGroupRules } from '../groups/groupInfoTable.ts';
import { isEmoji } from '../messages/emoji.ts';
import { rulesNow } from '../messages/rulesNow.ts';
import type { Sql } from '../ports.ts';
import { groupEndOf, sayToGroup, storeCall } from './applyGroupCall.ts';
import { takeGroupBack } from './groupCallItem.ts';
import { rankIn } from './groupCallRules.ts';
import { type GroupCallState, newGroupCall, type OwnJoin } from './groupCallState.ts';
import { deleteFrameMessages, deleteGroupCall, findGroupCall, openGroupCallsOf } from './groupCallTable.ts';
import { groupWithRoom } from './groupCallViews.ts';
import { isInGroupCall } from './isInGroupCall.ts';
import { leaveIn } from './leaveIn.ts';
import { mayHaveMissedCalls } from './missedCallsTable.ts';
import { openOwnSeat, openSeat } from './openSeat.ts';
import { isOpenAt, mayControl, refusalOf } from './reduceGroupCall.ts';

type Answer<Value> = Promise<Outcome<Value, GroupCallProblem>>;
type Plain = Exclude<GroupCallProblem, { limit: number } | { code: unknown }>['kind'];

const problem = (kind: Plain) => ({ kind: 'problem', problem: { kind } }) as const;
const done = { kind: 'ok', value: null } as const;
/** How long a start may take to come back by the log. */
const startMs = 15_000;
const reactionIdsKept = 64;

export async function startGroupCall(
  device: DeviceContext,
  { conversationId, hasVideo, rings, movesFrom }: GroupCallStart,
): Answer<{ readonly callId: CallId }> {
  const begun = await device.steps.run(async (step): Answer<CallId> => {
    const found = step.read((sql) => mayCall(device, sql, conversationId));
    if ('problem' in found) return { kind: 'problem', problem: found.problem };
    const { row } = found;
    const nowMs = device.serverClock.nowMs();
    const open = step.read((sql) => openIn(sql, row, nowMs) ?? roomIn(device, sql, row, nowMs));
    if (open !== null) return { kind: 'ok', value: open };
    if (step.read((sql) => isElsewhere(device, sql, { ...(movesFrom && { movesFrom }) }))) {
      return problem('inCall');
    }
    if (!device.connection.isReady) return problem('offline');
    const count = step.read((sql) => countMembers(sql, device.self.accountId, row));
    const callId = randomId<CallId>(device.provider);
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row };
      storeCall(scene, { ...newGroupCall(callId), phase: 'starting', isTaken: true });
      const isRinging = (rings ?? count <= limits.groupCallRingsByItself) && count <= limits.groupCallRings;
      sayToGroup(scene, row.key, { kind: 'start', callId, hasVideo, rings: isRinging });
    });
    return { kind: 'ok', value: callId };
  });
  if (begun.kind === 'problem') return begun;
  // Another one may have begun at the same time: the log says whose it is.
  const phase = () => device.database.read((sql) => findGroupCall(sql, begun.value)?.state.phase ?? null);
  if (phase() === null) return { kind: 'ok', value: { callId: begun.value } };
  await device.groupCalls.until(() => phase() !== 'starting', startMs);
  if (phase() === 'open') return { kind: 'ok', value: { callId: begun.value } };
  const row = device.database.read((sql) => findConversation(sql, conversationId));
  const nowMs = device.serverClock.nowMs();
  const other =
    row === null
      ? null
      : device.database.read((sql) =>
          openGroupCallsOf(sql, row.key).find(({ state }) => state.log !== null && isOpenAt(state, nowMs)),
        );
  if (other !== null && other !== undefined) return { kind: 'ok', value: { callId: other.state.callId } };
  if (phase() === 'starting') await takeStartBack(device, begun.value);
  return problem(phase() === 'over' ? 'notAllowed' : 'offline');
}

/** It did not leave this device in time. */
async function takeStartBack(device: DeviceContext, callId: CallId): Promise<void> {
  await device.steps.run(async (step) => {
    const call = step.read((sql) => findGroupCall(sql, callId));
    if (call?.state.phase !== 'starting') return;
    await step.commit((sql, changes) => {
      takeGroupBack(sql, call.key, callId, ['start']);
      deleteGroupCall(sql, callId);
      changes.groupCall(callId);
    });
  });
}

/** The group, where it is one to call in. */
function mayCall(
  device: DeviceContext,
  sql: Sql,
  conversationId: ConversationId,
): { readonly row: ConversationRow } | { readonly problem: GroupCallProblem } {
  const row = findConversation(sql, conversationId);
  if (row === null) return { problem: { kind: 'unknownConversation' } };
  if (row.kind !== 'group') return { problem: { kind: 'notGroup' } };
  if (row.state === 'removed') return { problem: { kind: 'ended' } };
  return rulesNow(sql, row).may(device.self.accountId, 'call')
    ? { row }
    : { problem: { kind: 'notAllowed' } };
}

function openIn(sql: Sql, row: ConversationRow, nowMs: number): CallId | null {
  const open = openGroupCallsOf(sql, row.key).find(
    ({ state }) => state.phase === 'starting' || (state.log !== null && isOpenAt(state, nowMs)),
  );
  return open?.state.callId ?? null;
}

/** A call whose start this device has not read. Else the log decides: anybody may open a room, and keep it open. */
function roomIn(
  { groupCalls }: DeviceContext,
  sql: Sql,
  { key, logId }: ConversationRow,
  nowMs: number,
): CallId | null {
  if (!mayHaveMissedCalls(sql, key, nowMs)) return null;
  const rooms = groupCalls.rooms.all().filter((room) => room.logId === logId && room.seats.length > 0);
  // A room lasts until the last page has left it, longer than a call that was ended for all.
  return rooms.find(({ callId }) => findGroupCall(sql, callId)?.state.phase !== 'over')?.callId ?? null;
}

/** This account is in another call than in those. */
function isElsewhere(
  device: DeviceContext,
  sql: Sql,
  { callId, movesFrom }: { readonly callId?: CallId; readonly movesFrom?: CallId },
): boolean {
  const { accountId } = device.self;
  const nowMs = device.serverClock.nowMs();
  if (isInCall(sql, accountId, nowMs, movesFrom)) return true;
  return isInGroupCall(sql, accountId, [callId, movesFrom]);
}

export async function joinGroupCall(device: DeviceContext, join: GroupCallJoin): Answer<GroupCallSeat> {
  const { callId, frameKey, media, movesFrom } = join;
  if (frameKey.length !== frameKeySizeBytes) return problem('malformed');
  const found = device.database.read((sql) => mayJoin(device, sql, callId, movesFrom));
  if ('problem' in found) return { kind: 'problem', problem: found.problem };
  const { row, state } = found;
  if (row.logId === null) return problem('unknownCall');
  const isSame = state?.own?.frameKey === frameKey.toHex();
  const joinId =
    isSame && state.own ? state.own.joinId : device.provider.randomBytes(joinIdSizeBytes).toHex();
  const seat = await (isSame ? openOwnSeat : openSeat)(device, row.logId, callId, joinId);
  if (seat.kind === 'problem') return seat;
  const value: GroupCallSeat = { joinId, roomRevision: seat.value.revision };
  if (isSame) return { kind: 'ok', value };
  const { publicKey, privateKey } = await createShareKey(device.provider);
  const joined = await device.steps.run(async (step): Answer<GroupCallSeat> => {
    const again = step.read((sql) => mayJoin(device, sql, callId, movesFrom));
    if ('problem' in again) return { kind: 'problem', problem: again.problem };
    const before = again.state ?? newGroupCall(callId);
    if (before.own?.frameKey === frameKey.toHex()) {
      return { kind: 'ok', value: { ...value, joinId: before.own.joinId } };
    }
    const own: OwnJoin = {
      state: 'asking',
      joinId,
      frameKey: frameKey.toHex(),
      sharePrivate: privateKey.toHex(),
      sharePublic: publicKey.toHex(),
      media,
      revision: 0,
      ordinal: null,
      keyEvents: [],
      base: null,
      issued: null,
      isKeyless: false,
      toldOrdinals: [],
      muteAsked: 0,
      handLowered: 0,
      reactions: [],
      reactionIds: [],
    };
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row: again.row };
      deleteFrameMessages(sql, callId);
      storeCall(scene, { ...before, own, ended: null });
      sayToGroup(scene, again.row.key, {
        kind: 'join',
        callId,
        joinId,
        shareKey: own.sharePublic,
        media,
        wantsRoster: before.log === null && before.phase !== 'starting',
      });
      refuseCalls(scene, movesFrom);
    });
    return { kind: 'ok', value };
  });
  if (joined.kind === 'problem' || joined.value.joinId !== joinId) {
    device.groupCalls.closeSeat(row.logId, callId, joinId);
  }
  return joined;
}

/** What rings beside it between two accounts is told that this device is busy. */
function refuseCalls(scene: CallScene, movesFrom: CallId | undefined): void {
  for (const { key, state } of openCalls(scene.sql)) {
    const isOthers = state.phase === 'ringing' && state.caller?.accountId !== scene.device.self.accountId;
    if (isOthers && !state.hasRungOut && state.callId !== movesFrom) {
      say(scene, key, endOf(state, 'busy', 0));
    }
  }
}

/** A call that this device may join. `state`: null where only the server has told of it. */
function mayJoin(
  device: DeviceContext,
  sql: Sql,
  callId: CallId,
  movesFrom: CallId | undefined,
):
  | { readonly row: ConversationRow; readonly state: GroupCallState | null }
  | { readonly problem: GroupCallProblem } {
  const call = findGroupCall(sql, callId);
  const row =
    call === null ? groupWithRoom(device.groupCalls.rooms, sql, callId) : conversationByKey(sql, call.key);
  const state = call?.state ?? null;
  if (row === null || row.kind !== 'group' || state?.phase === 'over')
    return { problem: { kind: 'unknownCall' } };
  if (row.state === 'removed') return { problem: { kind: 'ended' } };
  const isKnown = state !== null && state.log !== null;
  if (isKnown && !isOpenAt(state, device.serverClock.nowMs())) return { problem: { kind: 'unknownCall' } };
  const room = device.groupCalls.rooms.roomOf(row.logId, callId);
  if (state !== null && state.log === null && state.phase === 'open' && room === null && state.own === null) {
    return { problem: { kind: 'unknownCall' } };
  }
  const refusal = state?.log ? refusalOf(state.log, { joinId: '' }, { sender: device.self }) : null;
  if (refusal?.kind === 'removed' || refusal?.kind === 'locked') return { problem: { kind: refusal.kind } };
  if (refusal !== null) return { problem: { kind: 'full' } };
  if (isElsewhere(device, sql, { callId, ...(movesFrom && { movesFrom }) }))
    return { problem: { kind: 'inCall' } };
  return { row, state };
}

export async function askCallSeat(
  device: DeviceContext,
  callId: CallId,
  request: Uint8Array,
): Answer<Uint8Array> {
  if (request.length > limits.seatRequestSizeBytes) {
    return { kind: 'problem', problem: { kind: 'tooLarge', limit: limits.seatRequestSizeBytes } };
  }
  const { call, row } = device.database.read((sql) => rowsOf(sql, callId));
  const own = call?.state.own ?? null;
  const logId = row?.logId ?? null;
  if (own === null || logId === null) return problem('unknownCall');
  let held = device.groupCalls.rooms.seatOf(callId);
  for (let isAgain = false; ; isAgain = true) {
    if (held === null || held.joinId !== own.joinId || isAgain) {
      const opened = await openOwnSeat(device, logId, callId, own.joinId);
      if (opened.kind === 'problem') return opened;
      held = opened.value;
    }
    const result = await device.connection.call(Methods.method.askCallSeat, {
      conversationId: idToBytes(logId),
      callId: idToBytes(callId),
      ticket: held.ticket,
      request,
    });
    if (result.kind === 'lost') return problem('offline');
    // The room is on another relay now, or the seat was lost: the page connects anew where the revision says so.
    const isOld =
      result.kind === 'error' ? result.error.code === 'ticket_refused' : isSeatGone(result.value.answer);
    if (isOld && !isAgain) continue;
    return result.kind === 'answer'
      ? { kind: 'ok', value: result.value.answer }
      : { kind: 'problem', problem: { kind: 'refused', code: result.error.code } };
  }
}

function isSeatGone(answer: Uint8Array): boolean {
  const kind = decodeMessage(SeatAnswerSchema, answer)?.kind;
  if (kind?.case !== 'refused') return false;
  return kind.value.reason === SeatRefusal.TICKET || kind.value.reason === SeatRefusal.NO_SEAT;
}

export function updateGroupCall(device: DeviceContext, callId: CallId, media: GroupCallMedia): Answer<null> {
  return inGroupCall(device, callId, async (step, row, state) => {
    const { own } = state;
    if (own === null) return problem('unknownCall');
    const isSame = Object.entries(media).every(
      ([name, value]) => own.media[name as keyof GroupCallMedia] === value,
    );
    // A host may have taken the hand down meanwhile: then it is raised again.
    if (isSame && !media.isHandRaised) return done;
    if (own.revision >= limits.updatesPerGroupCallJoin) {
      return { kind: 'problem', problem: { kind: 'tooLarge', limit: limits.updatesPerGroupCallJoin } };
    }
    const revision = own.revision + 1;
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row };
      storeCall(scene, { ...state, own: { ...own, media, revision } });
      sayToGroup(scene, row.key, { kind: 'state', callId, joinId: own.joinId, revision, media });
    });
    return done;
  });
}

export function reactInGroupCall(
  device: DeviceContext,
  callId: CallId,
  emoji: string,
  reactionId: TransactionId = randomId<TransactionId>(device.provider),
): Answer<null> {
  if (!isEmoji(emoji)) return Promise.resolve(problem('malformed'));
  return inGroupCall(device, callId, async (step, row, state) => {
    const { own } = state;
    if (own === null) return problem('unknownCall');
    if (own.reactionIds.includes(reactionId)) return done;
    const reactionIds = [...own.reactionIds, reactionId].slice(-reactionIdsKept);
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row };
      storeCall(scene, { ...state, own: { ...own, reactionIds } });
      sayToGroup(scene, row.key, { kind: 'reaction', callId, joinId: own.joinId, emoji }, reactionId);
    });
    return done;
  });
}

export function controlGroupCall(
  device: DeviceContext,
  callId: CallId,
  control: GroupCallControl,
): Answer<null> {
  return inGroupCall(device, callId, async (step, row, state) => {
    if (state.log === null) return problem('unknownCall');
    const rules = step.read((sql) => readGroupRules(sql, row.key));
    const rankOf = (account: typeof device.self.accountId) => (rules === null ? 0 : rankIn(rules, account));
    const rank = rankOf(device.self.accountId);
    if (!mayControl(state, { sender: device.self, rank })) return problem('notAllowed');
    if (control.kind === 'remove') {
      const targetRank = rankOf(control.accountId);
      const isAbove = rank > targetRank || (rank === 0 && targetRank === 0);
      if (!isAbove || control.accountId === device.self.accountId) return problem('notAllowed');
    }
    const said = control.kind === 'move' ? placed(device, control) : control;
    if (said === null) return problem('unknownConversation');
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row };
      sayToGroup(scene, row.key, { kind: 'control', callId, control: said });
      if (control.kind !== 'endForAll') return;
      sayToGroup(scene, row.key, groupEndOf(state, device.serverClock.nowMs()));
    });
    return done;
  });
}

/** Others know the group by its log. */
function placed(
  device: DeviceContext,
  control: GroupCallControl & { readonly kind: 'move' },
): GroupCallControl | null {
  const row = device.database.read((sql) => findConversation(sql, control.conversationId));
  return row?.logId == null ? null : { ...control, conversationId: row.logId };
}

export async function leaveGroupCall(device: DeviceContext, callId: CallId): Promise<void> {
  await inGroupCall(device, callId, async (step, row, state) => {
    if (state.own === null) return done;
    await step.commit((sql, changes) =>
      leaveIn({ device, sql, changes, row }, state, device.serverClock.nowMs()),
    );
    return done;
  });
}

export async function declineGroupCall(device: DeviceContext, callId: CallId): Promise<void> {
  await inGroupCall(device, callId, async (step, row, state) => {
    if (state.isDeclined || state.isTaken || state.phase !== 'open') return done;
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row };
      storeCall(scene, { ...state, isDeclined: true });
      sayToGroup(scene, row.key, { kind: 'decline', callId });
    });
    return done;
  });
}

function rowsOf(sql: Sql, callId: CallId) {
  const call = findGroupCall(sql, callId);
  return { call, row: call === null ? null : conversationByKey(sql, call.key) };
}

/** A step about one call that is not over, in its group. What it queued is sent. */
function inGroupCall(
  device: DeviceContext,
  callId: CallId,
  run: (step: Step, row: ConversationRow, state: GroupCallState) => Answer<null>,
): Answer<null> {
  return device.steps.run(async (step): Answer<null> => {
    const { call, row } = step.read((sql) => rowsOf(sql, callId));
    if (call === null || row === null || call.state.phase === 'over') return problem('unknownCall');
    return run(step, row, call.state);
  });
}
