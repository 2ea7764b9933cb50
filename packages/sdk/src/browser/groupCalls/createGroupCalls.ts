/** The group calls of a page: one at a time, and what one call hands over to the one that it goes on in. */
import type { CallView, GroupCallView } from '@sotto/client/api';
import type { AccountId, CallId } from '@sotto/protocol';
import { takeCallControls } from '../callMedia/callControls.ts';
import { createDeviceCheck } from '../callMedia/deviceCheck.ts';
import { watchDevices } from '../callMedia/deviceList.ts';
import { readChosenDevices } from '../callMedia/deviceMemory.ts';
import { growingCalls } from '../callMedia/growingCalls.ts';
import type { LentMedia } from '../callMedia/localMedia.ts';
import type { LocalMediaState } from '../callMedia/mediaTypes.ts';
import type { CallSession, Calls } from '../calls/callSession.ts';
import { FrameWorker } from '../calls/frames/frameWorker.ts';
import type { GroupCallChoice, GroupCallSession, GroupCalls } from './groupCallSession.ts';
import type { GroupCallsPort, GroupLegStart } from './groupLeg.ts';
import { inTime } from './inTime.ts';
import { type OpenGroupSession, openGroupSession } from './openGroupSession.ts';

/** The call that goes on in the one that is opened. */
interface Before {
  readonly lent: LentMedia | null;
  /** The new one is connected. */
  readonly goesOn: (session: GroupCallSession) => void;
  /** The user left the new one, which may not be connected yet: nobody means to be in this one then. */
  readonly leave: () => void;
  /** What is current again where the new one comes to nothing. */
  readonly session: OpenGroupSession | null;
}

/** The other side of a call of two has so long to follow into the group call, and hears this one by the call of two meanwhile. */
const followMs = 30_000;
/** A call that this device has heard of nothing so long after somebody said that another one goes on there is not followed. */
const knownMs = 60_000;

/** `calls`: of the same page, so that calls of two can go on as group calls. */
export function createGroupCalls(sotto: GroupCallsPort, calls: Calls): GroupCalls {
  const listeners = new Set<(session: GroupCallSession | null) => void>();
  let current: OpenGroupSession | null = null;

  const set = (session: OpenGroupSession | null): void => {
    current = session;
    for (const listener of [...listeners]) if (listeners.has(listener)) listener(session);
  };

  function open(start: GroupLegStart, choice: GroupCallChoice, before: Before | null): OpenGroupSession {
    const session = openGroupSession(sotto, {
      start,
      choice: { ...readChosenDevices(), ...choice },
      lent: before?.lent ?? null,
      movedTo: (callId) => void follow(callId, session),
    });
    let hasGoneOn = false;
    set(session);
    takeCallControls(session, () => session.leave());
    session.watch(({ phase }) => {
      if (phase.kind === 'connected' && !hasGoneOn) {
        hasGoneOn = true;
        before?.goesOn(session);
      }
      if (phase.kind !== 'ended') return;
      if (phase.ending.kind === 'left') before?.leave();
      if (current !== session) return;
      const isBack = before?.session != null && before.session.state.phase.kind !== 'ended';
      set(isBack ? before.session : null);
    });
    return session;
  }

  /** A group call goes on in another group's. */
  async function follow(callId: CallId, session: OpenGroupSession): Promise<void> {
    if (!(await isKnown((call) => call.callId === callId))) return;
    const { state } = session;
    if (current !== session || state.phase.kind === 'ended' || state.callId === null) return;
    open({ kind: 'join', callId, movesFrom: state.callId }, choiceOf(state.local), {
      lent: session.lend(),
      goesOn: () => session.moveOn(),
      leave: () => session.leave(),
      session,
    });
  }

  /** The other side of a call of two made it a group call: one that it began, and not any that it names. */
  async function followGrown(callId: CallId, call: CallSession): Promise<void> {
    const peer = await peerOf(call);
    const isMeant = (view: GroupCallView): boolean =>
      view.callId === callId && view.startedBy?.accountId === peer;
    if (peer === null || !(await isKnown(isMeant))) return;
    const { state } = call;
    if (current !== null || state.phase.kind === 'ended' || state.callId === null) return;
    open({ kind: 'join', callId, movesFrom: state.callId }, choiceOf(state.local), {
      lent: growingCalls.get(call)?.lend() ?? null,
      goesOn: () => call.end(),
      leave: () => call.end(),
      session: null,
    });
  }

  async function peerOf({ state }: CallSession): Promise<AccountId | null> {
    const isIt = ({ callId }: CallView): boolean => callId === state.callId;
    const all = await inTime(sotto, { kind: 'calls' }, knownMs, (views) => views.some(isIt));
    return all?.find(isIt)?.peer.accountId ?? null;
  }

  /** Whether this device comes to know of the call, which may be in a group that it has just come to. */
  async function isKnown(isIt: (call: GroupCallView) => boolean): Promise<boolean> {
    return (await inTime(sotto, { kind: 'groupCalls' }, knownMs, (all) => all.some(isIt))) !== null;
  }

  calls.watchCurrent((call) => {
    if (call === null) return;
    growingCalls.get(call)?.whenMoved(({ callId }) => void followGrown(callId, call));
  });
  return {
    start: (conversationId, { rings, ...choice }) =>
      current ??
      open(
        {
          kind: 'start',
          conversationId,
          hasVideo: choice.video,
          ...(rings === undefined ? {} : { rings }),
        },
        choice,
        null,
      ),
    join: (callId, choice) => current ?? open({ kind: 'join', callId }, choice, null),
    grow(call, conversationId) {
      const { callId, hasVideo, local } = call.state;
      const growing = growingCalls.get(call);
      const movesFrom = callId === null ? {} : { movesFrom: callId };
      return (
        current ??
        open({ kind: 'start', conversationId, hasVideo, ...movesFrom }, choiceOf(local), {
          lent: growing?.lend() ?? null,
          goesOn(session) {
            if (session.state.callId !== null)
              growing?.tellMoved({ conversationId, callId: session.state.callId });
            // Who follows hangs up here. Who cannot is not kept waiting for ever.
            const timer = setTimeout(() => call.end(), followMs);
            call.watch(({ phase }) => {
              if (phase.kind === 'ended') clearTimeout(timer);
            });
          },
          leave: () => call.end(),
          session: null,
        })
      );
    },
    get current() {
      return current;
    },
    watchCurrent(listener) {
      const mine = (session: GroupCallSession | null): void => listener(session);
      listeners.add(mine);
      listener(current);
      return () => void listeners.delete(mine);
    },
    watchDevices,
    checkDevices: (choice) => createDeviceCheck({ ...readChosenDevices(), ...choice }),
    canCall: 'RTCPeerConnection' in globalThis && FrameWorker.isSupported,
  };
}

/** As things are in the call that goes on. */
function choiceOf({
  camera,
  isMuted,
  lowData,
  microphoneId,
  cameraId,
  speakerId,
}: LocalMediaState): GroupCallChoice {
  return {
    video: camera !== 'off',
    muted: isMuted,
    lowData,
    ...(microphoneId === null ? {} : { microphoneId }),
    ...(cameraId === null ? {} : { cameraId }),
    ...(speakerId === null ? {} : { speakerId }),
  };
}
