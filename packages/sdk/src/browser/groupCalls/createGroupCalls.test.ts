import type { CallView, GroupCallView } from '@sotto/client/api';
import type { CallId, ConversationId } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type GrowingCall, growingCalls } from '../callMedia/growingCalls.ts';
import type { CallSession, Calls } from '../calls/callSession.ts';
import { createGroupCalls } from './createGroupCalls.ts';
import type { GroupCallEnding, GroupCallState } from './groupCallSession.ts';
import type { GroupCallsPort } from './groupLeg.ts';
import type { GroupSessionOptions, OpenGroupSession } from './openGroupSession.ts';

const opened = vi.hoisted(() => vi.fn<(options: GroupSessionOptions) => OpenGroupSession>());
vi.mock('./openGroupSession.ts', () => ({
  openGroupSession: (_sotto: unknown, options: GroupSessionOptions) => opened(options),
}));
vi.mock('../callMedia/callControls.ts', () => ({ takeCallControls: () => {} }));
vi.mock('../callMedia/deviceMemory.ts', () => ({ readChosenDevices: () => ({}) }));
vi.mock('../calls/frames/frameWorker.ts', () => ({ FrameWorker: { isSupported: true } }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Phased = { readonly phase: { readonly kind: string } };

/** What sessions of both kinds do, as far as they are told apart here. */
function createSession<State extends Phased>(first: State) {
  const listeners = new Set<(state: State) => void>();
  let state = first;
  return {
    get state() {
      return state;
    },
    set(phase: State['phase']) {
      if (state.phase.kind === 'ended') return;
      state = { ...state, phase };
      for (const listener of [...listeners]) listener(state);
    },
    watch(listener: (state: State) => void) {
      listeners.add(listener);
      listener(state);
      return () => void listeners.delete(listener);
    },
  };
}

const local = {
  camera: 'off',
  isMuted: false,
  lowData: false,
  microphoneId: null,
  cameraId: null,
  speakerId: null,
};
const idOf = (text: string) => text.repeat(16);
const groupId = idOf('a1') as ConversationId;
/** As the other side calls the group, which may know it by another id. */
const theirGroupId = idOf('a2') as ConversationId;
const [twoId, groupCallId, otherCallId] = [idOf('c1'), idOf('c2'), idOf('c3')] as [CallId, CallId, CallId];

function open() {
  const sessions: (ReturnType<typeof createSession<GroupCallState>> & { options: GroupSessionOptions })[] =
    [];
  opened.mockImplementation((options) => {
    const { start } = options;
    const callId = start.kind === 'join' ? start.callId : groupCallId;
    const first = { phase: { kind: 'connecting' }, callId, local } as unknown as GroupCallState;
    const session = createSession(first);
    const ends = (kind: 'left' | 'movedOn') => () => session.set({ kind: 'ended', ending: { kind } });
    sessions.push(Object.assign(session, { options }));
    return Object.assign(session, {
      lend: () => null,
      leave: ends('left'),
      moveOn: ends('movedOn'),
    }) as never;
  });

  const call = createSession({ phase: { kind: 'connected' }, callId: twoId, local } as Phased);
  const end = vi.fn(() => call.set({ kind: 'ended' }));
  const two = Object.assign(call, { end }) as unknown as CallSession;
  let moved: Parameters<GrowingCall['whenMoved']>[0] = () => {};
  growingCalls.set(two, {
    lend: () => null as never,
    tellMoved: () => {},
    whenMoved: (listener) => {
      moved = listener;
    },
  });
  const calls = { watchCurrent: (tell: (session: CallSession) => void) => tell(two) } as unknown as Calls;

  let known: readonly GroupCallView[] = [];
  const watchers = new Set<(views: readonly GroupCallView[]) => void>();
  const watch = (view: { kind: string }, tell: (value: never) => void) => {
    if (view.kind === 'calls') {
      (tell as (views: readonly CallView[]) => void)([
        { callId: twoId, peer: { accountId: idOf('e1'), username: 'peer' } } as CallView,
      ]);
      return () => {};
    }
    const mine = tell as (views: readonly GroupCallView[]) => void;
    watchers.add(mine);
    mine(known);
    return () => void watchers.delete(mine);
  };
  const groupCalls = createGroupCalls({ watch } as unknown as GroupCallsPort, calls);
  return {
    groupCalls,
    sessions,
    two,
    watchers,
    peerMoves: () => moved({ conversationId: theirGroupId, callId: groupCallId }),
    async knows(...views: { callId: CallId; startedBy?: string | null }[]) {
      known = views.map(
        ({ callId, startedBy = 'e1' }) =>
          ({
            callId,
            conversationId: groupId,
            startedBy: startedBy === null ? null : { accountId: idOf(startedBy), username: startedBy },
          }) as GroupCallView,
      );
      for (const watcher of [...watchers]) watcher(known);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}
const ended = (ending: GroupCallEnding) => ({ kind: 'ended', ending }) as const;

describe('a call of two that the other side made a group call', () => {
  it('is followed once this device knows that call', async () => {
    const { groupCalls, sessions, two, knows, peerMoves, watchers } = open();
    peerMoves();
    await knows();
    await knows({ callId: groupCallId, startedBy: null });
    expect(groupCalls.current).toBeNull();
    await knows({ callId: groupCallId });
    expect(sessions.map(({ options }) => options.start)).toEqual([
      { kind: 'join', callId: groupCallId, movesFrom: twoId },
    ]);
    expect(watchers.size).toBe(0);
    expect(two.end).not.toHaveBeenCalled();
    sessions[0]?.set({ kind: 'connected' });
    expect(two.end).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['that somebody else began', { callId: groupCallId, startedBy: 'e2' }],
    ['that is another one', { callId: otherCallId }],
  ])('is not followed into one %s', async (_, view) => {
    const { groupCalls, knows, peerMoves } = open();
    peerMoves();
    await knows(view);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(groupCalls.current).toBeNull();
  });

  it('is not followed much later', async () => {
    const { groupCalls, knows, peerMoves, watchers } = open();
    peerMoves();
    await vi.advanceTimersByTimeAsync(61_000);
    expect(watchers.size).toBe(0);
    await knows({ callId: groupCallId });
    expect(groupCalls.current).toBeNull();
  });
});

describe('leaving a call that moves', () => {
  it('leaves the one before it, too', async () => {
    const { groupCalls, sessions, knows } = open();
    const first = groupCalls.join(groupCallId, { video: false });
    sessions[0]?.set({ kind: 'connected' });
    sessions[0]?.options.movedTo(otherCallId);
    await knows({ callId: otherCallId });
    expect(groupCalls.current).toBe(sessions[1]);
    groupCalls.current?.leave();
    expect(first.state.phase).toEqual(ended({ kind: 'left' }));
    expect(groupCalls.current).toBeNull();
  });

  it('ends the call of two that grew', () => {
    const { groupCalls, two } = open();
    groupCalls.grow(two, groupId).leave();
    expect(two.end).toHaveBeenCalledTimes(1);
    expect(groupCalls.current).toBeNull();
  });

  it('is not what a new one is that comes to nothing: the one before it goes on', async () => {
    const { groupCalls, sessions, knows } = open();
    const first = groupCalls.join(groupCallId, { video: false });
    sessions[0]?.set({ kind: 'connected' });
    sessions[0]?.options.movedTo(otherCallId);
    await knows({ callId: otherCallId });
    sessions[1]?.set(ended({ kind: 'notConnected' }));
    expect(groupCalls.current).toBe(first);
    expect(first.state.phase).toEqual({ kind: 'connected' });
  });
});
