/**
 * Calls of groups on a running device (spec/groupCalls.md): keys are followed and made, rings end in time, seats are kept, who
 * is lost is taken out, and calls that nobody is in are said to be over. Invariant: everything but seats and turns begins from
 * what is stored, so that it is taken up again after a crash.
 */
import {
  type CallId,
  type CallRoomsPush,
  type CallSeatEventPush,
  type ConversationId,
  limits,
  type TransactionId,
} from '@sotto/protocol';
import type { CallScene } from '../calls/applyCall.ts';
import { type ConversationRow, conversationByKey } from '../conversations/conversationTable.ts';
import { type Deadline, startDeadline, timeLeftMs } from '../device/deadline.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { readGroupRules } from '../groups/groupInfoTable.ts';
import { finishGroupCall, groupEndOf, sayToGroup, storeCall } from './applyGroupCall.ts';
import { type Followed, followKeys, keysNeeded, makeKeys } from './groupCallKeys.ts';
import { GroupCallRooms, seatOwnersOf } from './groupCallRooms.ts';
import { rankIn } from './groupCallRules.ts';
import type { GroupCallState } from './groupCallState.ts';
import { addFrameMessages, deleteGroupCall, type GroupCallRow, openGroupCalls } from './groupCallTable.ts';
import { leaveIn } from './leaveIn.ts';
import { openOwnSeat } from './openSeat.ts';
import { mayControl, overByTime } from './reduceGroupCall.ts';
import { SeatsToClose } from './seatsToClose.ts';

/** How often it is looked after a call that this device is in, and others. */
const hereMs = 1_000;
const elsewhereMs = 15_000;
const shortestWaitMs = 50;
/** The log has surely brought what was accepted so long ago, where it is read to its end. */
const settleMs = 30_000;
/** Who has no seat for so long is taken out by another one; and how long each waits for the one before it. */
const lostSeatMs = 15_000;
const turnMs = 2_000;
/** Nobody is in it any more, and nobody said so: somebody does, after that and up to as long again. */
const emptyMs = 10_000;
const ghostsMs = 60_000;
/** A seat that is not there is asked for again. */
const seatAgainMs = 3_000;

export class GroupCalls {
  readonly rooms = new GroupCallRooms();
  readonly #device: () => DeviceContext;
  readonly #isHeld: (callId: CallId) => boolean;
  readonly #changed: (calls: ReadonlySet<CallId>) => void;
  /** Calls that this device is in and nobody holds: until when that may be. */
  readonly #lost = new Map<CallId, Deadline>();
  /** Since when something is so: new keys are needed, a seat is gone, a call is empty. By this device's clock. */
  readonly #since = new Map<string, number>();
  /** What this device is in: a seat is closed with its join, whoever ended that. */
  readonly #joins = new Map<CallId, { readonly logId: ConversationId; readonly joinId: string }>();
  readonly #toClose: SeatsToClose;
  readonly #waiting = new Set<() => void>();
  /** Whose own seats are being asked for. */
  readonly #asking = new Set<CallId>();
  #cancel: (() => void) | null = null;
  #isAtWork = false;
  #isMore = false;
  #isStopped = false;

  /** `changed`: what is not stored of these calls. */
  constructor(
    device: () => DeviceContext,
    isHeld: (callId: CallId) => boolean,
    changed: (calls: ReadonlySet<CallId>) => void,
  ) {
    this.#device = device;
    this.#toClose = new SeatsToClose(device);
    this.#isHeld = isHeld;
    this.#changed = changed;
  }

  /** Calls, rooms, or who holds a call changed. */
  wake(): void {
    if (this.#isStopped) return;
    for (const look of [...this.#waiting]) look();
    this.#noteJoins();
    if (this.#isAtWork) {
      this.#isMore = true;
      return;
    }
    void this.#work();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#cancel = null;
    for (const look of [...this.#waiting]) look();
  }

  receiveRooms(push: CallRoomsPush): void {
    const before = this.rooms.all();
    if (!this.rooms.receive(push)) return;
    this.#changed(new Set([...before, ...this.rooms.all()].map(({ callId }) => callId)));
    this.wake();
  }

  receiveEvent(push: CallSeatEventPush): void {
    const callId = this.rooms.receiveEvent(push);
    if (callId !== null) this.#changed(new Set([callId]));
  }

  disconnected(): void {
    const before = this.rooms.all();
    this.rooms.disconnected();
    this.#since.clear();
    this.#changed(new Set(before.map(({ callId }) => callId)));
  }

  /** By this device's clock, when it leaves a call that nobody holds; null: it is held. */
  lostUntilMs(callId: CallId): number | null {
    return this.#lost.get(callId)?.atMs ?? null;
  }

  /** Resolves once `isSo`, or after `limitMs`; whether it is. */
  until(isSo: () => boolean, limitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (): void => {
        cancel();
        this.#waiting.delete(look);
        resolve(!this.#isStopped && isSo());
      };
      const look = (): void => {
        if (this.#isStopped || isSo()) finish();
      };
      const cancel = this.#device().clock.schedule(limitMs, finish);
      this.#waiting.add(look);
      look();
    });
  }

  /** Of a join that is over, or came to nothing: the server is told of it, now or once there is a connection. */
  closeSeat(logId: ConversationId, callId: CallId, joinId: string): void {
    if (this.rooms.seatOf(callId)?.joinId === joinId) this.rooms.release(callId);
    this.#toClose.add(logId, callId, joinId);
  }

  /** What this device is in, and who holds it; nobody waits for the server to hear of what is over. */
  #noteJoins(): void {
    const device = this.#device();
    const here = new Map(
      device.database.read((sql) =>
        openGroupCalls(sql).flatMap(({ key, state: { callId, own } }) => {
          if (own === null) return [];
          return [[callId, { logId: conversationByKey(sql, key)?.logId, joinId: own.joinId }] as const];
        }),
      ),
    );
    for (const [callId, { logId, joinId }] of this.#joins) {
      if (here.get(callId)?.joinId === joinId) continue;
      this.#joins.delete(callId);
      this.closeSeat(logId, callId, joinId);
    }
    this.#toClose.tell();
    for (const [callId, { logId, joinId }] of here) if (logId) this.#joins.set(callId, { logId, joinId });
    const before = new Set(this.#lost.keys());
    for (const id of before) if (!here.has(id) || this.#isHeld(id)) this.#lost.delete(id);
    for (const id of here.keys()) {
      if (!this.#isHeld(id) && !this.#lost.has(id))
        this.#lost.set(id, startDeadline(device.clock, limits.callRejoinMs));
    }
    const changed = before.symmetricDifference(new Set(this.#lost.keys()));
    if (changed.size > 0) this.#changed(changed);
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    this.#cancel?.();
    this.#cancel = null;
    let waitMs = Number.POSITIVE_INFINITY;
    try {
      do {
        this.#isMore = false;
        waitMs = await this.#settle();
      } while (this.#isMore && !this.#isStopped);
    } catch (error) {
      waitMs = hereMs;
      this.#device().caught(error);
    } finally {
      this.#isAtWork = false;
    }
    if (this.#isStopped || waitMs === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#device().clock.schedule(Math.max(waitMs, shortestWaitMs), () => {
      this.#cancel = null;
      this.wake();
    });
  }

  /** Does what is due of one call after the other; after how long it is to be looked again. */
  async #settle(): Promise<number> {
    const { database } = this.#device();
    let waitMs = Number.POSITIVE_INFINITY;
    for (const { state } of database.read(openGroupCalls)) {
      waitMs = Math.min(waitMs, await this.#settleOne(state.callId));
    }
    return waitMs;
  }

  #settleOne(callId: CallId): Promise<number> {
    const device = this.#device();
    return device.steps.run(async (step): Promise<number> => {
      const row = step.read(openGroupCalls).find(({ state }) => state.callId === callId);
      const conversation = row === undefined ? null : step.read((sql) => conversationByKey(sql, row.key));
      if (row === undefined || conversation === null || conversation.state === 'removed') {
        return Number.POSITIVE_INFINITY;
      }
      const followed = await followKeys(device.provider, row.state, device.self);
      const state = followed?.state ?? row.state;
      const keysWaitMs = await this.#keepKeys(step, conversation, state, followed);
      if (followed !== null && keysWaitMs !== null) return shortestWaitMs;
      const due = keysWaitMs === null ? null : this.#dueOf({ ...row, state }, conversation);
      if (due !== null) {
        await this.#commit(step, conversation, due);
        return shortestWaitMs;
      }
      this.#keepSeat(conversation, state);
      const isNear = state.own !== null || (state.beginning?.rings === true && !state.hasRungOut);
      return Math.min(keysWaitMs ?? 0, isNear ? hereMs : elsewhereMs);
    });
  }

  #commit(step: Step, row: ConversationRow, run: (scene: CallScene) => void): Promise<void> {
    const device = this.#device();
    return step.commit((sql, changes) => run({ device, sql, changes, row }));
  }

  /** Stores what was followed, and makes keys where it is this device's turn; how long it is until then, null: it made some. */
  async #keepKeys(
    step: Step,
    row: ConversationRow,
    state: GroupCallState,
    followed: Followed | null,
  ): Promise<number | null> {
    const device = this.#device();
    const { callId, own } = state;
    const store = (scene: CallScene, next: GroupCallState): void => {
      storeCall(scene, next);
      if (followed !== null) addFrameMessages(scene.sql, callId, followed.sealed);
    };
    const need = keysNeeded(state);
    const name = `keys ${callId} `;
    if (need === null) for (const one of this.#since.keys()) if (one.startsWith(name)) this.#ends(one);
    const leftMs = need === null ? Infinity : need.delayMs - this.#lastedMs(name + need.name);
    const transactionId = randomId<TransactionId>(device.provider);
    const made =
      need !== null && leftMs <= 0
        ? await makeKeys(device.provider, state, need.kind, { transactionId, upToSeq: row.cursor })
        : null;
    if (made === null || own === null) {
      if (followed !== null) await this.#commit(step, row, (scene) => store(scene, state));
      return leftMs > 0 ? leftMs : hereMs;
    }
    await this.#commit(step, row, (scene) => {
      store(scene, { ...state, own: { ...own, issued: made.issued } });
      sayToGroup(scene, row.key, { ...made.message, callId }, transactionId);
    });
    return null;
  }

  /** How long something that is so now has been so; what is not asked for is forgotten with the connection. */
  #lastedMs(name: string): number {
    const nowMs = this.#device().clock.now();
    const sinceMs = this.#since.get(name) ?? nowMs;
    this.#since.set(name, Math.min(sinceMs, nowMs));
    return nowMs - Math.min(sinceMs, nowMs);
  }

  #ends(name: string): void {
    this.#since.delete(name);
  }

  /** What is to be done now; null: nothing. */
  #dueOf(
    { key, state, changedAtMs }: GroupCallRow,
    row: ConversationRow,
  ): ((scene: CallScene) => void) | null {
    const { serverClock, clock, sync } = this.#device();
    const nowMs = serverClock.nowMs();
    const { callId, own, beginning, log, phase } = state;
    const room = this.rooms.roomOf(row.logId, callId);
    const leave = (scene: CallScene): void => leaveIn(scene, state, nowMs);
    if (phase === 'starting') return null;
    if (own !== null) {
      if (this.#lost.has(callId) && timeLeftMs(clock, this.#lost.get(callId) ?? null) <= 0) return leave;
      if (beginning !== null && nowMs >= beginning.atMs + limits.callLifetimeMs) return leave;
      return this.#lostOf(state, row);
    }
    if (
      beginning?.rings === true &&
      !state.hasRungOut &&
      nowMs >= beginning.atMs + limits.callRingLifetimeMs
    ) {
      return (scene) => storeCall(scene, { ...state, hasRungOut: true });
    }
    if (!sync.isStreaming(key)) return null;
    const lastMs = log === null ? null : log.emptySinceMs;
    if (lastMs !== null && nowMs >= lastMs + limits.groupCallEmptyMs + settleMs) {
      return (scene) => finishGroupCall(scene, overByTime(state));
    }
    if (beginning !== null && nowMs >= beginning.atMs + limits.callLifetimeMs + settleMs) {
      return (scene) => finishGroupCall(scene, overByTime(state));
    }
    if (log === null) {
      const isForgotten =
        beginning === null && room === null && clock.now() >= changedAtMs + limits.callLifetimeMs;
      return isForgotten ? ({ sql }) => deleteGroupCall(sql, callId) : null;
    }
    return this.#unsaidOf(state, row);
  }

  /** Nobody is in a call any more, and nobody has said so: hosts say it of all, others of their own account's devices. */
  #unsaidOf(state: GroupCallState, { key, logId }: ConversationRow): ((scene: CallScene) => void) | null {
    const { callId, log } = state;
    const { accountId: self, deviceId } = this.#device().self;
    const name = `unsaid ${callId}`;
    const room = this.rooms.roomOf(logId, callId);
    const members = log?.members ?? [];
    if (room !== null && room.seats.length > 0) {
      this.#ends(name);
      return null;
    }
    const isEmpty = members.length === 0;
    const gone = this.#mayControl(state, key)
      ? members
      : members.filter(({ accountId }) => accountId === self);
    if (!isEmpty && gone.length === 0) return null;
    const waitMs = isEmpty ? emptyMs : ghostsMs;
    // Not all at once: whoever is first says it for all.
    const turn = Number.parseInt(deviceId.slice(0, 4), 16) / 0x10000;
    if (this.#lastedMs(name) < waitMs * (1 + turn)) return null;
    this.#ends(name);
    return (scene) => {
      for (const { joinId } of gone) sayToGroup(scene, key, { kind: 'leave', callId, joinId });
      if (gone.length < members.length) return;
      sayToGroup(
        scene,
        key,
        groupEndOf(state, state.log?.emptySinceMs ?? this.#device().serverClock.nowMs()),
      );
    };
  }

  #mayControl(state: GroupCallState, key: ConversationRow['key']): boolean {
    const { self, database } = this.#device();
    const rules = database.read((sql) => readGroupRules(sql, key));
    const rank = rules === null ? 0 : rankIn(rules, self.accountId);
    return mayControl(state, { sender: self, rank });
  }

  /** One whose seat the server says is gone is taken out, by one after the other of those who are there. */
  #lostOf(
    { callId, own, log }: GroupCallState,
    { key, logId }: ConversationRow,
  ): ((scene: CallScene) => void) | null {
    const room = this.rooms.roomOf(logId, callId);
    if (own === null || own.ordinal === null || log === null || room === null) return null;
    const owners = seatOwnersOf(room);
    const there = log.members.filter(({ joinId, deviceId }) => owners.get(joinId) === deviceId);
    const turn = there.findIndex(({ ordinal }) => ordinal === own.ordinal);
    if (turn < 0) return null;
    const gone: string[] = [];
    for (const { joinId, deviceId } of log.members) {
      const name = `seat ${callId} ${joinId}`;
      if (owners.get(joinId) === deviceId) this.#ends(name);
      else if (this.#lastedMs(name) >= lostSeatMs + turn * turnMs) gone.push(joinId);
    }
    if (gone.length === 0) return null;
    for (const joinId of gone) this.#ends(`seat ${callId} ${joinId}`);
    return (scene) => {
      for (const joinId of gone) sayToGroup(scene, key, { kind: 'leave', callId, joinId });
    };
  }

  /** The server has another seat for this device, or none: the relay is another one. Whoever holds the call connects anew. */
  #keepSeat({ key, logId }: ConversationRow, { callId, own }: GroupCallState): void {
    const device = this.#device();
    if (own === null || logId === null || !device.connection.isReady || !device.sync.isStreaming(key)) return;
    const room = this.rooms.roomOf(logId, callId);
    const seat = this.rooms.seatOf(callId);
    const isThere = seatOwnersOf(room).get(own.joinId) === device.self.deviceId;
    // An engine that was started anew holds none: the relay's word would not be taken for it.
    const isOfNow = seat?.joinId === own.joinId && (room === null || seat.revision >= room.revision);
    const name = `own seat ${callId}`;
    if (isThere && isOfNow) {
      this.#ends(name);
      return;
    }
    if (this.#lastedMs(name) < seatAgainMs || this.#asking.has(callId)) return;
    this.#ends(name);
    this.#asking.add(callId);
    openOwnSeat(device, logId, callId, own.joinId)
      .then(() => this.#changed(new Set([callId])), device.caught)
      .finally(() => this.#asking.delete(callId));
  }
}
