/** Calls that go on: updates, coming back, and what ends them unasked (spec/calls.md). */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallCandidate } from '../api.ts';
import { annaAndBenTalking } from '../testing/annaAndBen.ts';
import {
  answerCall,
  answerOf,
  callLines,
  descriptionOf,
  Holder,
  isSettled,
  rings,
  startCall,
  talk,
  watchCalls,
} from '../testing/callHolder.ts';
import type { TestAccount, TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;

beforeEach(async () => {
  ({ world, anna, ben, a, b } = await annaAndBenTalking());
});

async function inCall(): Promise<{ readonly caller: Holder; readonly callee: Holder }> {
  const caller = await startCall(world, a);
  const callee = await answerCall(world, b, (await rings(world, b)).callId);
  await talk(world, caller, callee);
  return { caller, callee };
}

const candidate = (name: string): CallCandidate => ({ candidate: name, sdpMid: '0', sdpMLineIndex: null });
const ok = { kind: 'ok', value: null };

/** Comes back to the call from another page. */
async function comeBack(device: TestDevice, holder: Holder, certificate: string): Promise<Holder> {
  const setup = await answerOf(world, device.api.rejoinCall(holder.callId));
  expect(setup.kind).toBe('ok');
  const again = await Holder.create(world, device, holder.callId);
  again.hold();
  expect(await answerOf(world, device.api.resumeCall(again.start(certificate)))).toEqual(ok);
  return again;
}

describe('updates', () => {
  it('come in order, before the answer too, and only to the other device', async () => {
    const caller = await startCall(world, a);
    const update = { join: 0, candidates: [candidate('early')] };
    expect(await answerOf(world, a.api.updateCall(caller.callId, update))).toEqual(ok);
    const { callId } = await rings(world, b);
    const callee = await answerCall(world, b, callId);
    void b.api.updateCall(callId, { join: 0, candidates: [candidate('one')] });
    void b.api.updateCall(callId, { join: 0, candidates: [candidate('two')] });
    const media = { isMuted: true, hasCamera: false, isSharing: false, isLowData: true };
    void b.api.updateCall(callId, { join: 0, media });
    await world.until(() => caller.signals.updates.length === 4, 'all came');
    expect(caller.signals.updates.map(({ candidates }) => candidates.map((one) => one.candidate))).toEqual([
      [],
      ['one'],
      ['two'],
      [],
    ]);
    expect(caller.signals.updates[3]!.media).toEqual(media);
    expect(callee.signals.updates).toMatchObject([{ join: 0, candidates: [candidate('early')] }]);
  });

  it('repeated by a page whose worker went away are told once', async () => {
    const { caller, callee } = await inCall();
    const updateId = 'ab'.repeat(16) as NonNullable<Parameters<typeof a.api.updateCall>[2]>;
    const update = { join: 0, candidates: [candidate('once')] };
    await answerOf(world, a.api.updateCall(caller.callId, update, updateId));
    await answerOf(world, a.api.updateCall(caller.callId, update, updateId));
    await answerOf(world, a.api.updateCall(caller.callId, { join: 0, candidates: [candidate('next')] }));
    await world.until(() => callee.signals.updates.length === 2, 'both came');
    expect(callee.signals.updates.flatMap(({ candidates }) => candidates)).toEqual([
      candidate('once'),
      candidate('next'),
    ]);
  });

  it('make a voice call one with video by consent', async () => {
    const { caller, callee } = await inCall();
    const { calls } = watchCalls(a);
    void a.api.updateCall(caller.callId, { join: 0, video: 'asked' });
    await world.until(() => callee.signals.updates.some(({ video }) => video === 'asked'), 'it was asked');
    expect(calls()[0]!.hasVideo).toBe(false);
    void b.api.updateCall(caller.callId, { join: 0, video: 'accepted' });
    await world.until(() => calls()[0]!.hasVideo, 'it has video');
    void a.api.endCall(caller.callId);
    for (const device of [a, b]) {
      await isSettled(world, device);
      expect(await callLines(world, device)).toMatchObject([{ hasVideo: true }]);
    }
  });

  it('make it no call with video where that was not asked for, or was declined', async () => {
    const { caller, callee } = await inCall();
    const { calls } = watchCalls(a);
    const tell = (device: TestDevice, update: Parameters<typeof a.api.updateCall>[1]) =>
      answerOf(world, device.api.updateCall(caller.callId, update));
    await tell(b, { join: 0, video: 'accepted' });
    await tell(a, { join: 0, video: 'asked' });
    await world.until(() => callee.signals.updates.some(({ video }) => video === 'asked'), 'it was asked');
    await tell(b, { join: 0, video: 'declined' });
    await tell(b, { join: 0, video: 'accepted' });
    await world.until(() => caller.signals.updates.length === 4, 'all of that came');
    // The one who asks does not answer in the other's place.
    await tell(a, { join: 0, video: 'asked' });
    await tell(a, { join: 0, video: 'accepted' });
    await tell(b, { join: 0, candidates: [candidate('last')] });
    await world.until(
      () => caller.signals.updates.some(({ candidates }) => candidates.length > 0),
      'all came',
    );
    expect(caller.signals.updates.map(({ video }) => video)).toEqual([null, null, 'declined', null, null]);
    expect(calls()[0]!.hasVideo).toBe(false);
    void a.api.endCall(caller.callId);
    for (const device of [a, b]) {
      await isSettled(world, device);
      expect(await callLines(world, device)).toMatchObject([{ hasVideo: false }]);
    }
  });

  it('of another certificate than that of the join, and beyond the limits, do nothing', async () => {
    const { caller, callee } = await inCall();
    const { callId } = caller;
    const tell = (update: Parameters<typeof a.api.updateCall>[1]) =>
      answerOf(world, a.api.updateCall(callId, update));
    const sdp = descriptionOf('of somebody else');
    expect(await tell({ join: 0, description: { type: 'offer', sdp } })).toEqual(ok);
    expect(await tell({ join: 0, description: { type: 'offer', sdp: 'v=0' } })).toMatchObject({
      problem: { kind: 'malformedDescription' },
    });
    const large = descriptionOf(`of the caller ${callId}`, 20_000);
    expect(await tell({ join: 0, description: { type: 'offer', sdp: large } })).toMatchObject({
      problem: { kind: 'tooLarge' },
    });
    const many = Array.from({ length: 17 }, () => candidate('many'));
    expect(await tell({ join: 0, candidates: many })).toMatchObject({ problem: { kind: 'tooLarge' } });
    await tell({ join: 0, candidates: [candidate('after')] });
    await world.until(() => callee.signals.updates.length > 0, 'the last came');
    expect(callee.signals.updates).toMatchObject([{ candidates: [candidate('after')] }]);
  });

  it('are refused after as many as a join may have', async () => {
    const { caller } = await inCall();
    const told = [];
    for (let count = 0; count < 257; count++) {
      told.push(a.api.updateCall(caller.callId, { join: 0, candidates: [candidate(String(count))] }));
    }
    const last = (await answerOf(world, Promise.all(told))).at(-1);
    expect(last).toMatchObject({ problem: { kind: 'tooManyUpdates', limit: 256 } });
  });
});

describe('a device whose page is closed', () => {
  it('comes back with a connection and a key of its own', async () => {
    const { caller, callee } = await inCall();
    const { calls } = watchCalls(b);
    callee.drop();
    await world.until(() => calls()[0]?.rejoinUntilMs != null, 'nobody holds it');
    const before = await callee.keys();
    const { code } = caller.signals;
    const again = await comeBack(b, callee, 'of the answerer, again');
    expect(calls()[0]!.rejoinUntilMs).toBeNull();
    await world.until(() => caller.signals.updates.some(({ join }) => join === 1), 'the caller is told');
    expect(caller.signals.updates.at(-1)).toMatchObject({
      join: 1,
      description: { type: 'offer', sdp: descriptionOf('of the answerer, again') },
    });
    await world.until(() => again.signals.frameKeys.length === 2, 'it has keys');
    await world.until(() => caller.signals.frameKeys.length === 3, 'the caller has its new key');
    const [seal, open] = await again.keys();
    expect(again.signals.join).toBe(1);
    expect(seal).toMatchObject({ use: 0, keyId: 3n });
    expect(seal!.key).not.toBe(before[0]!.key);
    expect(open).toEqual(before[1]);
    expect((await caller.keys()).at(-1)).toEqual({ ...seal, use: 1 });
    // With another certificate, which could have been looked for until the code fits.
    expect([again.signals.code, caller.signals.code]).toEqual([code, code]);
    // What is meant for the join before does not reach it.
    void a.api.updateCall(caller.callId, { join: 0, candidates: [candidate('old')] });
    void a.api.updateCall(caller.callId, { join: 1, candidates: [candidate('new')] });
    await world.until(() => again.signals.updates.length > 0, 'the update came');
    expect(again.signals.updates).toMatchObject([{ join: 0, candidates: [candidate('new')] }]);
  });

  it('and does not come back ends the call on both sides', async () => {
    const { caller, callee } = await inCall();
    const { calls } = watchCalls(b);
    callee.drop();
    await world.until(() => calls()[0]?.rejoinUntilMs != null, 'nobody holds it');
    const untilMs = calls()[0]!.rejoinUntilMs!;
    await world.until(() => caller.signals.ended !== null, 'it is over');
    expect(caller.signals.ended).toEqual({ kind: 'answered' });
    expect(world.clock.now()).toBeGreaterThanOrEqual(untilMs);
    expect(world.clock.now()).toBeLessThan(untilMs + 2_000);
    for (const device of [a, b]) {
      await isSettled(world, device);
      expect(await callLines(world, device)).toMatchObject([{ outcome: 'answered' }]);
    }
  });

  it('takes back what rings', async () => {
    const caller = await startCall(world, a);
    await rings(world, b);
    caller.drop();
    const { calls } = watchCalls(b);
    await world.until(() => calls().length === 0, 'it rings no more');
    await isSettled(world, b);
    expect(await callLines(world, b)).toMatchObject([{ outcome: 'cancelled', isMissed: true }]);
  });
});

describe('a device that signs out', () => {
  /** How long it takes; from then on nothing more leaves the device. */
  async function signOut(device: TestDevice): Promise<number> {
    const beganAtMs = world.clock.now();
    await answerOf(world, device.api.signOut());
    const tookMs = world.clock.now() - beganAtMs;
    device.goOffline();
    return tookMs;
  }

  it('ends its call on both sides, and comes back into none', async () => {
    const { callee } = await inCall();
    expect(await signOut(a)).toBeLessThan(1_000);
    await world.until(() => callee.signals.ended !== null, 'it is over', 1_000);
    expect(callee.signals.ended).toEqual({ kind: 'answered' });
    a.goOnline();
    for (const device of [a, b]) {
      await isSettled(world, device);
      expect(await callLines(world, device)).toMatchObject([{ outcome: 'answered' }]);
      expect(device.faults).toEqual([]);
    }
  });

  it('takes back what rings', async () => {
    await startCall(world, a);
    await rings(world, b);
    const { calls } = watchCalls(b);
    await signOut(a);
    await world.until(() => calls().length === 0, 'it rings no more', 1_000);
  });

  it('waits for no network, and not long for one that brings nothing', async () => {
    await inCall();
    a.goOffline();
    await world.until(() => a.connection.kind === 'offline', 'it is offline');
    expect(await signOut(a)).toBeLessThan(100);
    b.toServer = () => [];
    expect(await signOut(b)).toBeLessThan(1_100);
  });
});

describe('an engine that is started again', () => {
  it('has the call, for its page to come back', async () => {
    const { caller, callee } = await inCall();
    await b.restart();
    await b.online();
    const { calls } = watchCalls(b);
    await world.until(() => calls()[0]?.rejoinUntilMs != null, 'nobody holds it');
    const again = await comeBack(b, callee, 'of the answerer, again');
    await world.until(() => again.signals.code !== null, 'it has keys');
    await world.until(() => caller.signals.code === again.signals.code, 'both have the same code');
    void a.api.endCall(caller.callId);
    await world.until(() => again.signals.ended !== null, 'it is over');
    expect(again.signals.ended).toEqual({ kind: 'answered' });
  });

  it('leaves no ghost call where nobody comes back', async () => {
    const { caller } = await inCall();
    await Promise.all([a.crash(), b.crash()]);
    await a.start();
    await b.start();
    await a.online();
    await b.online();
    for (const device of [a, b]) {
      await isSettled(world, device);
      expect(await callLines(world, device)).toMatchObject([{ callId: caller.callId, outcome: 'answered' }]);
      expect(watchCalls(device).calls()).toEqual([]);
    }
  });

  it('keeps nothing of the keys of a call that is over', async () => {
    const { caller, callee } = await inCall();
    void a.api.endCall(caller.callId);
    for (const device of [a, b]) {
      await isSettled(world, device);
      const [row] = device.disk.rows('SELECT state FROM call');
      const state = JSON.parse(row!.state as string) as Record<string, unknown>;
      expect([state.base, state.exported, state.callerSecret, state.answererSecret, state.own]).toEqual(
        Array(5).fill(null),
      );
      expect(device.disk.rows('SELECT * FROM call_update')).toEqual([]);
    }
    expect(callee.signals.frameKeys).toEqual([]);
  });
});

describe('a device that is removed', () => {
  it('in mid-call ends it on both sides within two seconds', async () => {
    const b2 = await ben.addDevice();
    await b2.online();
    await b2.shows(['before']);
    const { caller, callee } = await inCall();
    await world.clock.pass(10_000);
    if (b.session.kind !== 'signedIn') throw new Error('not signed in');
    const removedAtMs = world.clock.now();
    await ben.removeDevice(b.session.deviceId);
    await world.until(() => caller.signals.ended !== null, 'the caller is told');
    expect(caller.signals.ended).toEqual({ kind: 'removed' });
    expect(world.clock.now() - removedAtMs).toBeLessThan(2_000);
    await world.until(() => callee.signals.ended !== null, 'the device lets go of its media');
    expect(callee.signals.ended?.kind).toMatch(/removed|gone/);
    expect(world.clock.now() - removedAtMs).toBeLessThan(2_000);
    await world.until(() => b.session.kind === 'stopped', 'the device is told');
    for (const device of [a, b2]) {
      await isSettled(world, device);
      expect(await callLines(world, device)).toMatchObject([{ outcome: 'answered', isMissed: false }]);
    }
  });

  it('while it calls ends the ringing', async () => {
    const a2 = await anna.addDevice();
    await a2.online();
    await a2.shows(['before']);
    await startCall(world, a);
    await rings(world, b);
    if (a.session.kind !== 'signedIn') throw new Error('not signed in');
    await anna.removeDevice(a.session.deviceId);
    const { calls } = watchCalls(b);
    const atMs = world.clock.now();
    await world.until(() => calls().length === 0, 'it rings no more');
    expect(world.clock.now() - atMs).toBeLessThan(2_000);
    expect(await callLines(world, b)).toMatchObject([{ outcome: 'cancelled', isMissed: true }]);
  });
});
