import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ConversationId } from '@sotto/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { resultOf } from '../../resultOf.ts';
import { type ServerProcess, startServerProcess } from '../../testing/serverProcess.ts';
import { until } from '../../until.ts';
import { type NodeSotto, openSotto } from '../openSotto.ts';
import type { NodeCall } from './nodeCall.ts';
import type { NodeCallPhase } from './nodeCallState.ts';
import { createNodeCalls, type NodeCalls, type NodeCallsOptions } from './nodeCalls.ts';

const password = 'five words are quite enough';
const toneBot = fileURLToPath(new URL('../../../../../examples/toneBot.ts', import.meta.url));
let server: ServerProcess;
let folder: string;
let mira: NodeSotto;
let tomas: NodeSotto;
let withTomas: ConversationId;
const opened: NodeCalls[] = [];

beforeAll(async () => {
  server = await startServerProcess({ SOTTO_CALLS_PORT: '0' });
  folder = mkdtempSync(join(tmpdir(), 'sotto-calls-'));
  [mira, tomas] = [await signUp('mira'), await signUp('tomas')];
  const { accountId } = resultOf(await mira.findAccount('tomas'));
  withTomas = resultOf(await mira.openDirectConversation(accountId));
  // Both have written, so they are no strangers, and call each other directly.
  resultOf(await mira.sendText(withTomas, 'May I call you?'));
  const [conversation] = await until(tomas, { kind: 'conversations' }, (all) => all.length > 0);
  resultOf(await tomas.sendText(conversation?.conversationId ?? withTomas, 'Do'));
});
afterEach(async () => {
  for (const calls of opened.splice(0)) await calls.close();
});
afterAll(async () => {
  for (const sotto of [mira, tomas]) await sotto?.close();
  rmSync(folder, { recursive: true, force: true });
  await server.remove();
});

async function signUp(username: string): Promise<NodeSotto> {
  const sotto = await openSotto({ server: server.address, dataFolder: join(folder, username) });
  resultOf(await sotto.register({ username, password }));
  await until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
  return sotto;
}

function callsOf(sotto: NodeSotto, options: NodeCallsOptions = {}): NodeCalls {
  const calls = createNodeCalls(sotto, options);
  opened.push(calls);
  return calls;
}

async function answeredCall(choice: { readonly video: boolean }, options: NodeCallsOptions = {}) {
  const answering = callsOf(tomas, { answers: () => true, toneHz: 660, ...options });
  const { promise, resolve } = Promise.withResolvers<NodeCall>();
  answering.onCall(resolve);
  const caller = resultOf(await callsOf(mira, options).start(withTomas, choice));
  return { caller, answerer: await promise };
}

const reaches = (one: NodeCall, kind: NodeCallPhase['kind']): Promise<void> =>
  expect.poll(() => one.state.phase.kind, { timeout: 40_000 }).toBe(kind);
const hears = (one: NodeCall, hz: number): Promise<void> =>
  expect.poll(() => Math.round((one.statistics().toneHz ?? 0) / 20) * 20, { timeout: 40_000 }).toBe(hz);

/** The call's line in the conversation, once it says how it went. */
async function line(sotto: NodeSotto, callId: string) {
  const read = async () => {
    const [conversation] = await until(sotto, { kind: 'conversations' }, (all) => all.length > 0);
    const conversationId = sotto === mira ? withTomas : (conversation?.conversationId ?? withTomas);
    const { messages } = await sotto.readMessages({ conversationId, limit: 50 });
    return messages.flatMap(({ body }) =>
      body.kind === 'call' && body.call.callId === callId ? [body.call] : [],
    );
  };
  await expect
    .poll(async () => (await read()).map(({ outcome }) => outcome), { timeout: 40_000 })
    .not.toEqual(['ongoing']);
  return (await read())[0];
}

describe('calls in Node through a server', () => {
  it('bring sound and pictures both ways; both read the same code and the same line in the thread', async () => {
    const { caller, answerer } = await answeredCall({ video: true });
    for (const [one, hz] of [
      [caller, 660],
      [answerer, 440],
    ] as const) {
      await reaches(one, 'connected');
      await hears(one, hz);
      await expect
        .poll(() => one.statistics(), { timeout: 40_000 })
        .toMatchObject({ pictureSize: { width: 320, height: 180 } });
      expect(one.statistics()).toMatchObject({
        route: { kind: 'direct', protocol: 'udp' },
        received: { audio: { failures: 0 }, video: { failures: 0 } },
      });
    }
    expect(caller.state.code).toMatch(/^\d{6}$/);
    expect(answerer.state.code).toBe(caller.state.code);
    const { callId } = caller;
    await answerer.end();
    for (const [one, sotto] of [
      [caller, mira],
      [answerer, tomas],
    ] as const) {
      await reaches(one, 'ended');
      const shown = await line(sotto, callId);
      expect(shown).toMatchObject({ outcome: 'answered', hasVideo: true, isMissed: false });
      expect(shown?.durationMs).toBeGreaterThan(0);
    }
  });

  it('go through the relay, over UDP and TCP, where addresses are not to be told', async () => {
    await mira.setAlwaysRelay(true);
    try {
      for (const relayTransport of ['udp', 'tcp'] as const) {
        const { caller, answerer } = await answeredCall({ video: false }, { relayTransport });
        await hears(caller, 660);
        await hears(answerer, 440);
        expect(caller.statistics().route).toEqual({ kind: 'relayed', protocol: relayTransport });
        await caller.end();
        await reaches(answerer, 'ended');
        for (const calls of opened.splice(0)) await calls.close();
      }
    } finally {
      await mira.setAlwaysRelay(false);
    }
  });

  it('are one call where both call each other at once', async () => {
    const [conversation] = await until(tomas, { kind: 'conversations' }, (all) => all.length > 0);
    const withMira = conversation?.conversationId ?? withTomas;
    const [one, other] = (
      await Promise.all([callsOf(mira).start(withTomas), callsOf(tomas).start(withMira)])
    ).map(resultOf);
    if (!one || !other) throw new Error('no calls');
    for (const call of [one, other]) await reaches(call, 'connected');
    await hears(one, 440);
    await hears(other, 440);
    expect(other.callId).toBe(one.callId);
    await one.end();
    await reaches(other, 'ended');
  });

  it('go on while the server is gone', async () => {
    const { caller, answerer } = await answeredCall({ video: false });
    await hears(answerer, 440);
    await server.kill();
    await until(mira, { kind: 'connection' }, ({ kind }) => kind !== 'online');
    const { frames } = answerer.statistics().received.audio;
    await expect
      .poll(() => answerer.statistics().received.audio.frames, { timeout: 40_000 })
      .toBeGreaterThan(frames + 10);
    await server.start();
    await caller.end();
    await reaches(answerer, 'ended');
    expect(answerer.state.phase).toEqual({ kind: 'ended', ending: { kind: 'answered' } });
  });

  it('are answered by the bot of the example, through the relay: it has never written', async () => {
    const bot = spawn(process.execPath, [toneBot, server.address, 'tonebot', password], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const lines = createInterface(bot.stdout)[Symbol.asyncIterator]();
      expect((await lines.next()).value).toBe('tonebot answers calls.');
      const { accountId } = resultOf(await mira.findAccount('tonebot'));
      const withBot = resultOf(await mira.openDirectConversation(accountId));
      const caller = resultOf(await callsOf(mira, { toneHz: 660 }).start(withBot));
      await hears(caller, 440);
      expect(caller.statistics().route?.kind).toBe('relayed');
      await caller.end();
      let said = '';
      while (!said.startsWith('ended')) said = (await lines.next()).value ?? 'ended without a word';
      expect(said).toMatch(/code \d{6}; \d+ frames of sound/);
    } finally {
      if (bot.exitCode === null && bot.kill()) await once(bot, 'exit');
    }
  });

  it('are missed where nobody answers, and taken back', async () => {
    const calling = callsOf(mira);
    const caller = resultOf(await calling.start(withTomas));
    const [ringing] = await until(tomas, { kind: 'calls' }, (calls) => calls.length > 0);
    expect(ringing).toMatchObject({
      callId: caller.callId,
      isIncoming: true,
      phase: 'ringing',
      device: null,
    });
    await caller.end();
    expect(caller.state.phase).toEqual({ kind: 'ended', ending: { kind: 'cancelled' } });
    await expect
      .poll(async () => (await line(tomas, caller.callId))?.isMissed, { timeout: 40_000 })
      .toBe(true);
  });
});
