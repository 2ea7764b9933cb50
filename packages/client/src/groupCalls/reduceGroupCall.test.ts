/** What counts in a group's call, and what does not (spec/groupCalls.md, "The log decides"). */
import { maxOrdinal } from '@sotto/crypto';
import { type AccountId, type CallId, type DeviceId, limits } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { keysNeeded } from './groupCallKeys.ts';
import type { GroupCallMessage } from './groupCallMessage.ts';
import { type GroupCallState, newGroupCall, type SaidIn, sinceKept } from './groupCallState.ts';
import { reduceGroupCall, reduceGroupRemoval, reduceStart } from './reduceGroupCall.ts';

const callId = 'c1'.repeat(16) as CallId;
const who = (name: string) => ({
  accountId: `${name}0`.repeat(16) as AccountId,
  deviceId: `${name}1`.repeat(16) as DeviceId,
});
/** Owner, who begins it, and others. */
const [owner, anna, ben, cleo, dan] = [who('e'), who('a'), who('b'), who('c'), who('d')];
type Who = typeof anna;
const rankOf = ({ accountId }: { readonly accountId: AccountId }) => (accountId === owner.accountId ? 2 : 0);
const joinOf = ({ accountId }: Who) => accountId.slice(0, 16);
const media = { isMuted: false, hasCamera: false, isSharing: false, isHandRaised: false, isAudience: false };

let seq = 1;
function said(sender: Who, target: Who = sender, atMs = 1_000 + seq): SaidIn {
  seq += 1;
  return {
    seq,
    atMs,
    sender,
    rank: rankOf(sender),
    targetRank: rankOf(target),
    mayStart: true,
    mayRing: true,
    exported: null,
    timerSeconds: 0,
  };
}

type Said = GroupCallMessage extends infer One
  ? One extends GroupCallMessage
    ? Omit<One, 'callId'>
    : never
  : never;
/** The state after a message, the same object where it does nothing. */
function after(state: GroupCallState, sender: Who, message: Said, entry = said(sender)): GroupCallState {
  return reduceGroupCall(state, { ...message, callId } as GroupCallMessage, entry, dan) ?? state;
}
const join = (state: GroupCallState, one: Who): GroupCallState =>
  after(state, one, {
    kind: 'join',
    joinId: joinOf(one),
    shareKey: '77'.repeat(32),
    media,
    wantsRoster: false,
  });
const leave = (state: GroupCallState, one: Who, by: Who = one): GroupCallState =>
  after(state, by, { kind: 'leave', joinId: joinOf(one) });
const keys = (state: GroupCallState, by: Who, generation: number, step: number, ordinals: number[]) =>
  after(state, by, {
    kind: 'keys',
    joinId: joinOf(by),
    generation,
    step,
    check: '99'.repeat(16),
    shares: ordinals.map((ordinal) => ({ ordinal, shared: '88'.repeat(80) })),
    roster: null,
  });
const started = (): GroupCallState =>
  reduceStart({ kind: 'start', callId, hasVideo: false, rings: true }, said(anna), null);
const inIt = ({ log }: GroupCallState): string[] => (log?.members ?? []).map((one) => one.accountId[0]!);
const holders = ({ log }: GroupCallState): number[] =>
  (log?.members ?? []).filter(({ hasKeys }) => hasKeys).map(({ ordinal }) => ordinal);

describe('keys', () => {
  it('are the first of the next step or generation, by who may make them', () => {
    let state = join(join(started(), anna), ben);
    expect(keys(state, anna, 1, 0, [1])).toBe(state);
    expect(keys(state, cleo, 0, 0, [1])).toBe(state);
    state = keys(state, anna, 0, 0, [1]);
    expect(holders(state)).toEqual([0, 1]);
    // Replayed, or lost the race.
    expect(keys(state, ben, 0, 0, [0])).toBe(state);
    state = join(state, cleo);
    expect(keys(state, cleo, 0, 1, [2])).toBe(state);
    expect(keys(state, ben, 0, 2, [2])).toBe(state);
    state = keys(state, ben, 0, 1, [2]);
    expect(holders(state)).toEqual([0, 1, 2]);
    expect(keys(state, anna, 0, 1, [2])).toBe(state);
  });

  it('are renewed until none of those who have them is gone', () => {
    let state = keys(join(join(join(started(), anna), ben), cleo), anna, 0, 0, [1, 2]);
    state = leave(state, ben);
    expect(state.log?.needsRenewal).toBe(true);
    // Somebody left while they were on their way.
    state = leave(state, cleo);
    state = keys(state, anna, 1, 0, [2]);
    expect(state.log?.needsRenewal).toBe(true);
    state = keys(state, anna, 2, 0, []);
    expect(state.log?.needsRenewal).toBe(false);
  });

  it('are renewed where they were given to one whom nobody has seen come', () => {
    const state = join(join(started(), anna), ben);
    expect(keys(state, anna, 0, 0, [1]).log?.needsRenewal).toBe(false);
    expect(keys(state, anna, 0, 0, [1, 2]).log?.needsRenewal).toBe(true);
  });

  it('are not renewed for who had none', () => {
    const state = leave(join(keys(join(started(), anna), anna, 0, 0, []), ben), ben);
    expect(state.log?.needsRenewal).toBe(false);
  });

  it('wait for the turn of each device, the first of those who have them first', () => {
    let state = keys(join(join(started(), anna), ben), anna, 0, 0, [1]);
    state = join(state, cleo);
    const own = {
      state: 'in',
      ordinal: 1,
      issued: null,
      keyEvents: [],
      isKeyless: false,
      base: { generation: 0, step: 0, base: '' },
    } as unknown as NonNullable<GroupCallState['own']>;
    expect(keysNeeded({ ...state, own })).toMatchObject({ kind: 'step', delayMs: 2_000 });
    expect(keysNeeded({ ...state, own: { ...own, ordinal: 0 } })).toMatchObject({ kind: 'step', delayMs: 0 });
    // Who was given nothing gives nothing, but for a new generation.
    // Whom nobody serves waits longer, and then makes keys for all.
    expect(keysNeeded({ ...state, own: { ...own, ordinal: 2, base: null } })).toMatchObject({
      kind: 'generation',
      delayMs: 10_000,
    });
    const renewal = leave(state, anna);
    expect(keysNeeded({ ...renewal, own })).toMatchObject({ kind: 'generation', delayMs: 500 });
    expect(keysNeeded({ ...renewal, own: { ...own, ordinal: 2, base: null } })).toMatchObject({
      kind: 'generation',
      delayMs: 2_500,
    });
    const served = keys(state, anna, 0, 1, [2]);
    const first = { ...own, ordinal: 0, base: { generation: 0, step: 1, base: '' } };
    expect(keysNeeded({ ...served, own: first })).toBeNull();
    expect(keysNeeded({ ...served, own: { ...first, isKeyless: true } })?.kind).toBe('generation');
  });
});

describe('one member', () => {
  it('does not use up the joins of a call', () => {
    let state = join(started(), ben);
    for (let at = 0; at < maxOrdinal + 1; at += 1) {
      const joinId = at.toString(16).padStart(16, '0');
      const own = { kind: 'join', joinId, shareKey: '77'.repeat(32), media, wantsRoster: false } as const;
      state = after(state, ben, own);
    }
    expect(state.log?.nextOrdinal).toBe(limits.joinsPerGroupCallAccount);
    expect(inIt(join(state, cleo))).toEqual(['b', 'c']);
    // It stays out once it has left.
    expect(inIt(join(leave(join(state, cleo), ben, cleo), ben))).toEqual(['b', 'c']);
  });

  it('does not make keys that nobody needs for ever, but those that are needed', () => {
    let state = keys(join(join(started(), anna), ben), anna, 0, 0, [1]);
    const limit = limits.needlessKeysPerGroupCallJoin;
    for (let generation = 1; generation <= limit; generation += 1) {
      // A share for nobody makes them needed again: that does not help either.
      state = keys(state, ben, generation, 0, [0, 7]);
    }
    expect(state.log).toMatchObject({ keys: { generation: limit, step: 0 }, needsRenewal: true });
    expect(keys(state, ben, limit + 1, 0, [0, 7])).toBe(state);
    state = keys(state, ben, limit + 1, 0, [0]);
    expect(state.log).toMatchObject({ keys: { generation: limit + 1, step: 0 }, needsRenewal: false });
    expect(keys(state, ben, limit + 2, 0, [0])).toBe(state);
    expect(keys(state, ben, limit + 1, 1, [0])).toBe(state);
    const newcomer = keys(join(state, cleo), ben, limit + 1, 1, [2]);
    expect(holders(newcomer)).toEqual([0, 1, 2]);
    const renewed = keys(leave(newcomer, anna), ben, limit + 2, 0, [2]);
    expect(renewed.log).toMatchObject({ keys: { generation: limit + 2 }, needsRenewal: false });
    expect(keys(state, anna, limit + 2, 0, [1]).log?.keys?.generation).toBe(limit + 2);
    const own = { state: 'in', ordinal: 1, issued: null, keyEvents: [], isKeyless: true, base: null };
    expect(keysNeeded({ ...state, own: own as unknown as GroupCallState['own'] })).toBeNull();
  });
});

describe('who is taken out', () => {
  it('is so by those in the call, by hosts and by the own account; by nobody else', () => {
    const state = join(join(started(), ben), cleo);
    expect(leave(state, ben, dan)).toBe(state);
    expect(inIt(leave(state, ben, cleo))).toEqual(['c']);
    expect(inIt(leave(state, ben, owner))).toEqual(['c']);
    expect(inIt(leave(state, ben, anna))).toEqual(['c']);
    expect(inIt(leave(state, ben, { ...ben, deviceId: dan.deviceId }))).toEqual(['c']);
    expect(leave(leave(state, ben), ben)).toEqual(leave(state, ben));
  });

  it('is so with the group by a commit, and keys are renewed', () => {
    const state = keys(join(join(started(), anna), ben), anna, 0, 0, [1]);
    const next = reduceGroupRemoval(state, (id) => id !== ben.deviceId, 5_000)!;
    expect(inIt(next)).toEqual(['a']);
    expect(next.log?.needsRenewal).toBe(true);
    expect(reduceGroupRemoval(next, (id) => id !== ben.deviceId, 5_000)).toBeNull();
  });
});

describe('what a host says', () => {
  const remove = (state: GroupCallState, by: Who, target: Who) =>
    after(
      state,
      by,
      { kind: 'control', control: { kind: 'remove', accountId: target.accountId } },
      said(by, target),
    );
  const control = (state: GroupCallState, by: Who, one: Extract<Said, { kind: 'control' }>['control']) =>
    after(state, by, { kind: 'control', control: one });

  it('counts from hosts only', () => {
    const state = join(join(join(started(), anna), ben), cleo);
    for (const one of [
      { kind: 'lock', on: true },
      { kind: 'endForAll' },
      { kind: 'lowerHand', joinId: joinOf(cleo) },
      { kind: 'move', conversationId: 'f0'.repeat(16), toCallId: callId },
    ] as Extract<Said, { kind: 'control' }>['control'][]) {
      expect(control(state, ben, one)).toBe(state);
    }
    expect(remove(state, ben, cleo)).toBe(state);
    expect(inIt(remove(state, anna, cleo))).toEqual(['a', 'b']);
    // Who began the call is none above the group's own.
    const withOwner = join(state, owner);
    expect(remove(withOwner, anna, owner)).toBe(withOwner);
    expect(inIt(remove(withOwner, owner, anna))).toEqual(['b', 'c', 'e']);
    expect(control(state, owner, { kind: 'endForAll' }).phase).toBe('over');
    // A list of strangers would grow without end.
    expect(remove(state, anna, dan)).toBe(state);
  });

  it('keeps out who was removed, and who is new while it is locked', () => {
    let state = join(join(started(), anna), ben);
    state = remove(state, anna, ben);
    expect(join(state, ben)).toBe(state);
    state = leave(join(state, cleo), cleo);
    state = control(state, anna, { kind: 'lock', on: true });
    expect(join(state, dan)).toBe(state);
    // Who was in it before comes back.
    expect(inIt(join(state, cleo))).toEqual(['a', 'c']);
    expect(inIt(join(control(state, anna, { kind: 'lock', on: false }), dan))).toEqual(['a', 'd']);
  });
});

describe('the end', () => {
  const end = {
    kind: 'end',
    startedBy: anna.accountId,
    startSeq: 1,
    hasVideo: false,
    durationMs: 99_000,
    peopleCount: 50,
    rang: true,
  } as const;

  it('counts when nobody is in it, and says what the log says', () => {
    const state = join(join(started(), anna), ben);
    expect(after(state, anna, end)).toBe(state);
    const empty = leave(leave(state, anna), ben);
    const over = after(empty, dan, end);
    expect(over).toMatchObject({ phase: 'over', log: null, over: { peopleCount: 2 } });
    expect(over.over!.durationMs).toBe(empty.log!.emptySinceMs! - empty.beginning!.atMs);
    expect(join(over, cleo)).toBe(over);
  });

  it('comes by itself where nobody is in it for two minutes', () => {
    const state = leave(join(started(), anna), anna);
    const late = said(ben, ben, state.log!.emptySinceMs! + limits.groupCallEmptyMs + 1);
    const message = {
      kind: 'join',
      joinId: joinOf(ben),
      shareKey: '77'.repeat(32),
      media,
      wantsRoster: false,
    } as const;
    expect(after(state, ben, message, late)).toBe(state);
    expect(inIt(after(state, ben, message, { ...late, atMs: late.atMs - 1 }))).toEqual(['b']);
  });
});

describe('a device that has not read the start', () => {
  const unread = (): GroupCallState => newGroupCall(callId);
  const own = { state: 'asking', joinId: joinOf(dan) } as NonNullable<GroupCallState['own']>;

  it('keeps what is said only up to a limit, however large it is', () => {
    let state = join(unread(), anna);
    const all = Array.from({ length: 300 }, (_, ordinal) => ordinal);
    for (let at = 0; at < 10; at += 1) state = keys(state, anna, 0, at, all);
    expect(state.since).toHaveLength(3);
    for (let at = 0; at < 2_000; at += 1) state = leave(state, ben);
    expect(state.since).toHaveLength(sinceKept);
  });

  it('believes that it is over, unless it has joined and who said so had not read that', () => {
    const end = { kind: 'end', startedBy: anna.accountId, startSeq: 1, hasVideo: false } as const;
    const said = { ...end, durationMs: 1, peopleCount: 1, rang: false };
    expect(after({ ...unread(), own }, anna, said).phase).toBe('over');
    const state = join({ ...unread(), own }, dan);
    expect(after(state, anna, said)).toBe(state);
  });
});

describe('a device that has not read the start, told that it is over', () => {
  const end = { kind: 'end', startedBy: anna.accountId, startSeq: 1, hasVideo: false } as const;
  const told = { ...end, durationMs: 1, peopleCount: 1, rang: false };

  it('does not believe it where somebody has come, until that one is gone', () => {
    const state = join(newGroupCall(callId), ben);
    expect(after(state, anna, told)).toBe(state);
    const replaced = after(state, ben, {
      kind: 'join',
      joinId: 'ab'.repeat(8),
      shareKey: '77'.repeat(32),
      media,
      wantsRoster: false,
    });
    expect(after(leave(replaced, ben), anna, told).phase).toBe('open');
    expect(after(leave(state, ben), anna, told).phase).toBe('over');
  });
});

describe('media and hands', () => {
  it('are of the join, the highest revision holds, and hands stand in a row', () => {
    let state = join(join(started(), anna), ben);
    const tell = (now: GroupCallState, one: Who, by: Who, revision: number, isHandRaised: boolean) =>
      after(now, by, { kind: 'state', joinId: joinOf(one), revision, media: { ...media, isHandRaised } });
    expect(tell(state, anna, ben, 1, true)).toBe(state);
    state = tell(state, ben, ben, 1, true);
    state = tell(state, anna, anna, 1, true);
    const [first, second] = state.log!.members;
    expect(second!.handSeq).toBeLessThan(first!.handSeq!);
    expect(tell(state, ben, ben, 1, false)).toBe(state);
    const kept = tell(state, ben, ben, 2, true);
    expect(kept.log!.members[1]!.handSeq).toBe(second!.handSeq);
  });
});
