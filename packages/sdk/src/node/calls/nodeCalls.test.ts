import type { ConversationId } from '@sotto/protocol';
import { startTestRelay } from '@sotto/relay/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resultOf } from '../../resultOf.ts';
import type { NodeCall } from './nodeCall.ts';
import type { NodeCallPhase } from './nodeCallState.ts';
import { createNodeCalls, type NodeCalls, type NodeCallsOptions } from './nodeCalls.ts';
import { createStandIn, type StandIn, type StandInOptions } from './standIn.ts';
import { audioFrameMs } from './tone.ts';

const conversationId = 'cd'.repeat(16) as ConversationId;
const opened: NodeCalls[] = [];
afterEach(async () => {
  for (const calls of opened.splice(0)) await calls.close();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

interface Pair {
  readonly standIn: StandIn;
  readonly caller: NodeCall;
  readonly answerer: NodeCall;
}

/** A call that was answered by itself. */
async function call(
  choice: { video?: boolean } & StandInOptions = {},
  options: NodeCallsOptions = {},
): Promise<Pair> {
  const standIn = await createStandIn(choice);
  const answering = createNodeCalls(standIn.apis.answerer, { answers: () => true, toneHz: 660, ...options });
  const calling = createNodeCalls(standIn.apis.caller, options);
  opened.push(answering, calling);
  const { promise, resolve } = Promise.withResolvers<NodeCall>();
  answering.onCall(resolve);
  const caller = resultOf(await calling.start(conversationId, { video: choice.video ?? false }));
  return { standIn, caller, answerer: await promise };
}

const reaches = (one: NodeCall, kind: NodeCallPhase['kind']): Promise<void> =>
  expect.poll(() => one.state.phase.kind, { timeout: 50_000 }).toBe(kind);
const hears = (one: NodeCall, hz: number): Promise<void> =>
  expect.poll(() => Math.round((one.statistics().toneHz ?? 0) / 20) * 20, { timeout: 30_000 }).toBe(hz);

describe('calls in Node', () => {
  it('bring a tone and a test pattern both ways, and end on both sides', async () => {
    const { caller, answerer } = await call({ video: true });
    for (const [one, hz] of [
      [caller, 660],
      [answerer, 440],
    ] as const) {
      await reaches(one, 'connected');
      await hears(one, hz);
      await expect
        .poll(() => one.statistics(), { timeout: 30_000 })
        .toMatchObject({ pictureSize: { width: 320, height: 180 } });
      await expect
        .poll(() => one.state, { timeout: 30_000 })
        .toMatchObject({ code: '123456', remote: { isMuted: false, hasCamera: true } });
      const { received } = one.statistics();
      expect(received.audio.frames).toBeGreaterThan(5);
      expect(received.audio.failures + received.video.failures).toBe(0);
    }
    await caller.end();
    for (const one of [caller, answerer]) {
      await reaches(one, 'ended');
      expect(one.state.phase).toEqual({ kind: 'ended', ending: { kind: 'answered' } });
    }
    expect(opened.flatMap(({ open }) => open)).toEqual([]);
  });

  it('open nothing where the keys are not the same', async () => {
    const { caller, answerer } = await call({ hasWrongKeys: true });
    for (const one of [caller, answerer]) {
      await expect
        .poll(() => one.statistics().received.audio.failures, { timeout: 30_000 })
        .toBeGreaterThan(5);
      expect(one.statistics()).toMatchObject({ received: { audio: { frames: 0 } }, toneHz: null });
    }
  });

  it('do not connect where a fingerprint was changed on its way', async () => {
    const forge = (sdp: string) =>
      sdp.replaceAll(/(sha-256 )(..)/g, (_, start, hex) => `${start}${hex === '00' ? '01' : '00'}`);
    const { caller, answerer } = await call({ changeDescription: forge });
    await reaches(caller, 'ended');
    await reaches(answerer, 'ended');
    expect(caller.state.phase).toEqual({ kind: 'ended', ending: { kind: 'failed' } });
    expect(answerer.statistics().received.audio).toEqual({
      frames: 0,
      sizeBytes: 0,
      early: 0,
      failures: 0,
    });
  });

  it('fall silent when muted, and say so', async () => {
    const { caller, answerer } = await call();
    await hears(answerer, 440);
    caller.setMuted(true);
    await expect.poll(() => answerer.state.remote?.isMuted, { timeout: 30_000 }).toBe(true);
    caller.setMuted(false);
    await expect.poll(() => answerer.state.remote?.isMuted, { timeout: 30_000 }).toBe(false);
  });

  it('send pictures once the other side asked for them', async () => {
    const { standIn, answerer, caller } = await call();
    await reaches(caller, 'connected');
    expect(answerer.state.hasVideo).toBe(false);
    standIn.tell('answerer', { video: 'asked' });
    await expect
      .poll(() => caller.statistics().received.video.frames, { timeout: 30_000 })
      .toBeGreaterThan(0);
    expect(standIn.told('caller').map(({ video }) => video)).toContain('accepted');
  });

  it('send no pictures where that is not wanted', async () => {
    const { standIn, answerer, caller } = await call({}, { acceptsVideo: false });
    await reaches(caller, 'connected');
    standIn.tell('answerer', { video: 'asked' });
    await expect
      .poll(() => standIn.told('caller').map(({ video }) => video), { timeout: 30_000 })
      .toContain('declined');
    expect(answerer.state.hasVideo).toBe(false);
  });

  it('find another way after the network was gone', async () => {
    const relay = await startTestRelay({ addresses: ['127.0.0.1'] });
    try {
      const servers = relay.iceServers(new Uint8Array(16).fill(7));
      const { caller, answerer } = await call({ servers });
      for (const one of [caller, answerer]) await reaches(one, 'connected');
      expect(caller.statistics().route).toEqual({ kind: 'relayed', protocol: 'udp' });
      relay.setNetwork({ isCut: true });
      await reaches(caller, 'reconnecting');
      relay.setNetwork({});
      await reaches(caller, 'connected');
      const { frames } = answerer.statistics().received.audio;
      await expect
        .poll(() => answerer.statistics().received.audio.frames, { timeout: 30_000 })
        .toBeGreaterThan(frames + 10);
    } finally {
      for (const calls of opened.splice(0)) await calls.close();
      await relay.stop();
    }
  });

  it('ring until they are taken back', async () => {
    const standIn = await createStandIn();
    const calling = createNodeCalls(standIn.apis.caller);
    const ringing = createNodeCalls(standIn.apis.answerer, { answers: () => false });
    opened.push(calling, ringing);
    const caller = resultOf(await calling.start(conversationId));
    expect(caller.state.phase).toEqual({ kind: 'ringing' });
    await caller.end();
    expect(caller.state.phase).toEqual({ kind: 'ended', ending: { kind: 'cancelled' } });
    expect(ringing.open).toEqual([]);
  });

  it('end here where the engine stopped before them, whatever they are told to do', async () => {
    const { standIn, caller, answerer } = await call();
    for (const one of [caller, answerer]) await reaches(one, 'connected');
    for (const side of ['caller', 'answerer'] as const) standIn.stop(side);
    await caller.end();
    expect(caller.state.phase).toEqual({ kind: 'ended', ending: { kind: 'gone' } });
    await caller.end();
    answerer.setMuted(true);
    await reaches(answerer, 'ended');
    expect(opened.flatMap(({ open }) => open)).toEqual([]);
  });

  it('leave nothing behind where the engine stops while one begins', async () => {
    const { apis } = await createStandIn();
    const answerCall = vi.fn(async () => {
      throw new Error('closed');
    });
    const [begun, over] = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'clearInterval')];
    const calling = createNodeCalls(apis.caller);
    const answering = createNodeCalls({ ...apis.answerer, answerCall }, { answers: () => true });
    opened.push(answering, calling);
    const caller = resultOf(await calling.start(conversationId));
    await expect.poll(() => answerCall.mock.calls.length, { timeout: 30_000 }).toBe(1);
    await expect(answering.answer(caller.callId)).rejects.toThrow('closed');
    expect(answering.open).toEqual([]);
    await caller.end();
    const loops = begun.mock.results.filter((_, at) => begun.mock.calls[at]?.[1] === audioFrameMs);
    expect(loops).toHaveLength(3);
    const isOver = () => loops.every(({ value }) => over.mock.calls.some(([timer]) => timer === value));
    await expect.poll(isOver, { timeout: 30_000 }).toBe(true);
  });

  it('end where a listener throws', async () => {
    const { queueMicrotask } = globalThis;
    const faults: unknown[] = [];
    vi.stubGlobal('queueMicrotask', (run: () => void) =>
      queueMicrotask(() => {
        try {
          run();
        } catch (error) {
          faults.push(error);
        }
      }),
    );
    const { standIn, caller } = await call();
    let told = 0;
    caller.watch(() => {
      if (told++ > 0) throw new Error('its own fault');
    });
    caller.setMuted(true);
    await expect.poll(() => faults.length, { timeout: 30_000 }).toBeGreaterThan(0);
    standIn.end({ kind: 'answered' });
    await reaches(caller, 'ended');
    await caller.end();
  });

  it('end where the answer is none', async () => {
    const { caller } = await call({ changeDescription: (sdp) => (sdp.includes('actpass') ? sdp : 'v=0') });
    await reaches(caller, 'ended');
    expect(caller.state.phase).toEqual({ kind: 'ended', ending: { kind: 'failed' } });
  });
});
