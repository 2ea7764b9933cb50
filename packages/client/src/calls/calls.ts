/**
 * The calls of a running device: rings end in time, calls whose media nobody holds end, keys are sealed to who holds it
 * (spec/calls.md). Invariant: there is one timer, for the next moment at which something is due; everything begins from what
 * is stored, so that it is taken up again after a crash.
 */
import { callBase, callKeyId, callSenderKey, type FrameKey, sealFrameKey } from '@sotto/crypto';
import { type CallId, limits } from '@sotto/protocol';
import type { CallOutcome } from '../apiCalls.ts';
import { conversationByKey, updateConversation } from '../conversations/conversationTable.ts';
import { type Deadline, startDeadline, timeLeftMs } from '../device/deadline.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { countUnread } from '../messages/messageTable.ts';
import { type CallScene, finish, isHere, overByTime, placeOf, say, store } from './applyCall.ts';
import { changeLine, detailOf } from './callLine.ts';
import type { CallState, OwnPart } from './callState.ts';
import { type CallRow, deleteCall, openCalls } from './callTable.ts';
import { endOf } from './reduceCall.ts';

/** Platforms' timers do not run longer; and clocks of sleeping devices may have gone on. */
const longestWaitMs = 60_000;
const shortestWaitMs = 100;
const nearMs = 1_000;
/** A call that was prepared and not begun is forgotten. */
const preparedLifetimeMs = 10 * 60_000;
/** The log has surely brought what was accepted so long ago, where it is read to its end. */
const settleMs = 10 * 60_000;

export class Calls {
  readonly #device: () => DeviceContext;
  readonly #isHeld: (callId: CallId) => boolean;
  readonly #changed: () => void;
  /** Calls that this device is in and nobody holds: until when that may be. */
  readonly #lost = new Map<CallId, Deadline>();
  #cancel: (() => void) | null = null;
  #isAtWork = false;
  #isMore = false;
  #isStopped = false;

  /** `changed`: whether calls are held, which is not stored. */
  constructor(device: () => DeviceContext, isHeld: (callId: CallId) => boolean, changed: () => void) {
    this.#device = device;
    this.#isHeld = isHeld;
    this.#changed = changed;
  }

  /** Calls, who holds them, or what is known of the time changed. */
  wake(): void {
    if (this.#isStopped) return;
    this.#noteHolders();
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
  }

  /** By this device's clock, when a call that nobody holds ends; null: it is held. */
  lostUntilMs(callId: CallId): number | null {
    return this.#lost.get(callId)?.atMs ?? null;
  }

  /** What this device is in. */
  #noteHolders(): void {
    const { database, clock } = this.#device();
    const here = database.read(openCalls).filter(({ state }) => isHere(state));
    const ids = new Set(here.map(({ state }) => state.callId));
    const before = [...this.#lost.keys()];
    for (const id of before) if (!ids.has(id) || this.#isHeld(id)) this.#lost.delete(id);
    for (const id of ids) {
      if (!this.#isHeld(id) && !this.#lost.has(id)) {
        this.#lost.set(id, startDeadline(clock, limits.callRejoinMs));
      }
    }
    const isSame = before.length === this.#lost.size && before.every((id) => this.#lost.has(id));
    if (!isSame) this.#changed();
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    this.#cancel?.();
    this.#cancel = null;
    try {
      do {
        this.#isMore = false;
        await this.#settle();
      } while (this.#isMore && !this.#isStopped);
    } catch (error) {
      this.#device().caught(error);
    } finally {
      this.#isAtWork = false;
    }
    if (this.#isStopped) return;
    const { clock, database } = this.#device();
    const delays = database.read(openCalls).map((row) => this.#dueInMs(row));
    if (delays.length === 0) return;
    this.#cancel = clock.schedule(Math.min(longestWaitMs, ...delays), () => {
      this.#cancel = null;
      this.wake();
    });
  }

  /** Does what is due of one call after the other. */
  async #settle(): Promise<void> {
    const { steps, database } = this.#device();
    for (const { state } of database.read(openCalls)) {
      await steps.run(async (step) => {
        const row = step.read(openCalls).find((one) => one.state.callId === state.callId);
        if (row === undefined) return;
        const due = this.#dueOf(row);
        const keys = due === null ? await this.#keysFor(row.state) : null;
        if (due === null && keys === null) return;
        await step.commit((sql, changes) => {
          const conversation = conversationByKey(sql, row.key);
          if (conversation === null) return;
          const device = this.#device();
          const scene: CallScene = { device, sql, changes, row: conversation };
          if (keys !== null) store(scene, keys);
          else if (due !== null) this.#carryOut(scene, row, due);
        });
      });
    }
  }

  #carryOut(scene: CallScene, { key, state }: CallRow, due: Due): void {
    const { sql, changes, row, device } = scene;
    switch (due.kind) {
      case 'forget':
        deleteCall(sql, state.callId);
        return;
      case 'rungOut': {
        const next = { ...state, hasRungOut: true };
        store(scene, next);
        const detail = detailOf(next, device.self.accountId);
        if (detail !== null) changeLine(placeOf(scene), state.callId, detail);
        const present = conversationByKey(sql, key);
        if (present === null) return;
        updateConversation(sql, key, { unreadCount: countUnread(sql, key, present.ownRead) });
        changes.conversation(row.conversationId);
        return;
      }
      case 'giveUp':
        finish(scene, state, overByTime(state));
        return;
      case 'end':
        endCallIn(scene, state, due.outcome, this.#device().serverClock.nowMs());
        return;
    }
  }

  /** What is due now; null: nothing. */
  #dueOf(row: CallRow): Due | null {
    const { state } = row;
    const nowMs = this.#device().serverClock.nowMs();
    const { invite, own, phase, hasRungOut } = state;
    if (phase === 'prepared') return this.#dueInMs(row) <= 0 ? { kind: 'forget' } : null;
    if (isHere(state) && this.#lost.has(state.callId) && this.#lostForMs(state.callId) <= 0) {
      return { kind: 'end', outcome: phase === 'answered' ? 'answered' : 'cancelled' };
    }
    if (invite === null) return null;
    if (phase === 'ringing' && nowMs >= invite.atMs + limits.callRingLifetimeMs) {
      if (own?.role === 'caller' && own.state !== 'leaving') return { kind: 'end', outcome: 'unanswered' };
      if (!hasRungOut) return { kind: 'rungOut' };
    }
    // Nobody has ended it, and nobody of those who did can any more.
    if (!isHere(state) && nowMs >= settledAtMs(state) && this.#device().sync.isStreaming(row.key)) {
      return { kind: 'giveUp' };
    }
    const isTooLong = phase === 'answered' && nowMs >= invite.atMs + limits.callLifetimeMs;
    return isTooLong && own !== null && own.state !== 'leaving' ? { kind: 'end', outcome: 'answered' } : null;
  }

  /** Until the next of its moments that is to come. */
  #dueInMs({ state, changedAtMs }: CallRow): number {
    const { serverClock, clock } = this.#device();
    const { invite, phase, callId } = state;
    if (phase === 'prepared') return Math.max(changedAtMs + preparedLifetimeMs - clock.now(), 0);
    const moments = [settledAtMs(state)];
    if (invite !== null) {
      const lifetimeMs = phase === 'ringing' ? limits.callRingLifetimeMs : limits.callLifetimeMs;
      moments.push(invite.atMs + lifetimeMs);
    }
    const nowMs = serverClock.nowMs();
    const delays = moments.map((atMs) => atMs - nowMs);
    if (this.#lost.has(callId)) delays.push(this.#lostForMs(callId));
    // One may have come since it was looked for what is due.
    const near = delays
      .filter((delayMs) => delayMs > -nearMs)
      .map((delayMs) => Math.max(delayMs, shortestWaitMs));
    return Math.min(...near, longestWaitMs);
  }

  #lostForMs(callId: CallId): number {
    return timeLeftMs(this.#device().clock, this.#lost.get(callId) ?? null);
  }

  /** The call with the keys that are in force sealed to who holds it; null where they are, or there are none yet. */
  async #keysFor(state: CallState): Promise<CallState | null> {
    const { provider } = this.#device();
    const { own, caller, answerer, phase } = state;
    if (phase !== 'answered' || own?.state !== 'in' || caller === null || answerer === null) return null;
    const base = baseOf(provider, state);
    if (base === null) return null;
    const peer = own.role === 'caller' ? answerer : caller;
    const sealedFor = `${own.joinId} ${peer.joinId}`;
    if (own.sealedFor === sealedFor) return null;
    const [ownBefore] = own.sealedFor.split(' ');
    const keys: FrameKey[] = [];
    if (ownBefore !== own.joinId) {
      const joinId = Uint8Array.fromHex(own.joinId);
      const key = callSenderKey(provider, base, { ...this.#device().self, joinId });
      keys.push({ use: 'seal', keyId: callKeyId(own.role, own.joinNumber), key });
    }
    const { accountId, deviceId, joinNumber } = peer;
    const joinId = Uint8Array.fromHex(peer.joinId);
    const key = callSenderKey(provider, base, { accountId, deviceId, joinId });
    keys.push({
      use: 'open',
      keyId: callKeyId(own.role === 'caller' ? 'answerer' : 'caller', joinNumber),
      key,
    });
    const sealed: string[] = [];
    for (const one of keys) {
      const box = await sealFrameKey(provider, state.callId, Uint8Array.fromHex(own.frameKey), one);
      if (box !== null) sealed.push(box.toHex());
      one.key.fill(0);
    }
    const withKeys: OwnPart = { ...own, sealedKeys: [...own.sealedKeys, ...sealed], sealedFor };
    // What `base` was made of has done its work.
    return { ...state, ...madeInto(base), own: withKeys };
  }
}

/** From then on nothing that is said of a call counts. */
function settledAtMs({ phase, invite }: CallState): number {
  const lifetimeMs = phase === 'ringing' ? limits.callAnswerLifetimeMs : limits.callLifetimeMs;
  return (invite?.atMs ?? 0) + lifetimeMs + settleMs;
}

type Due =
  | { readonly kind: 'forget' | 'rungOut' | 'giveUp' }
  | { readonly kind: 'end'; readonly outcome: CallOutcome };

function baseOf(provider: DeviceContext['provider'], state: CallState): Uint8Array | null {
  if (state.base !== null) return Uint8Array.fromHex(state.base);
  const { exported, callerSecret, answererSecret } = state;
  if (exported === null || callerSecret === null || answererSecret === null) return null;
  return callBase(provider, {
    exported: Uint8Array.fromHex(exported),
    callerSecret: Uint8Array.fromHex(callerSecret),
    answererSecret: Uint8Array.fromHex(answererSecret),
  });
}

function madeInto(
  base: Uint8Array,
): Pick<CallState, 'base' | 'exported' | 'callerSecret' | 'answererSecret'> {
  return { base: base.toHex(), exported: null, callerSecret: null, answererSecret: null };
}

/** This device says that the call is over, and leaves it; others learn it from the log. */
export function endCallIn(
  scene: CallScene,
  state: CallState,
  outcome: CallOutcome,
  serverNowMs: number,
): void {
  const { own, answeredAtMs } = state;
  const durationMs = answeredAtMs === null ? 0 : Math.max(0, serverNowMs - answeredAtMs);
  say(scene, scene.row.key, endOf(state, outcome, durationMs));
  if (own === null) {
    store(scene, state);
    return;
  }
  const left: CallState = {
    ...state,
    own: { ...own, state: 'leaving', leftBy: outcome, leftAfterMs: durationMs },
  };
  store(scene, left);
  const detail = detailOf(left, scene.device.self.accountId);
  if (detail !== null) changeLine(placeOf(scene), state.callId, detail);
}
