import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resultOf } from '../../resultOf.ts';
import { startServerProcess } from '../../testing/serverProcess.ts';
import { until } from '../../until.ts';
import { type NodeSotto, openSotto } from '../openSotto.ts';
import type { NodeCall } from './nodeCall.ts';
import { createNodeCalls } from './nodeCalls.ts';

const password = 'five words are quite enough';
const patience = { timeout: 40_000 };

/** Two seconds of the engine's own time are held to in the tests of the client; here the machine may be busy. */
const stopsWithinMs = 20_000;

it('the media of a call stop on both sides when one of its devices is removed', async () => {
  const server = await startServerProcess({ SOTTO_CALLS_PORT: '0' });
  const folder = mkdtempSync(join(tmpdir(), 'sotto-removed-'));
  const opened: { close(): Promise<void> }[] = [];
  async function open(name: string): Promise<NodeSotto> {
    const sotto = await openSotto({ server: server.address, dataFolder: join(folder, name) });
    opened.push(sotto);
    return sotto;
  }
  try {
    const [mira, tomas, lost] = [await open('mira'), await open('tomas'), await open('lost')];
    resultOf(await mira.register({ username: 'mira', password }));
    resultOf(await lost.register({ username: 'tomas', password }));
    resultOf(await tomas.signIn({ username: 'tomas', password }));
    for (const sotto of [mira, tomas, lost]) {
      await until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
    }
    const { accountId } = resultOf(await mira.findAccount('tomas'));
    const withTomas = resultOf(await mira.openDirectConversation(accountId));
    resultOf(await mira.sendText(withTomas, 'May I call you?'));
    await until(lost, { kind: 'conversations' }, (all) => all.length > 0);
    await until(tomas, { kind: 'conversations' }, (all) => all.length > 0);

    const callsOfLost = createNodeCalls(lost, { answers: () => true });
    const callsOfMira = createNodeCalls(mira);
    opened.unshift(callsOfLost, callsOfMira);
    const { promise: answered, resolve } = Promise.withResolvers<NodeCall>();
    callsOfLost.onCall(resolve);
    const caller = resultOf(await callsOfMira.start(withTomas, { video: true }));
    const answerer = await answered;
    for (const call of [caller, answerer]) {
      await expect.poll(() => call.statistics().received.audio.frames, patience).toBeGreaterThan(20);
    }

    const session = await until(lost, { kind: 'session' }, ({ kind }) => kind === 'signedIn');
    if (session.kind !== 'signedIn') throw new Error('not signed in');
    resultOf(
      await tomas.removeDevice({ deviceId: session.deviceId, secret: { kind: 'password', password } }),
    );
    const removedAtMs = performance.now();
    for (const call of [caller, answerer]) {
      await expect.poll(() => call.state.phase.kind, patience).toBe('ended');
    }
    expect(performance.now() - removedAtMs).toBeLessThan(stopsWithinMs);
    const counts = () => [caller, answerer].map((call) => call.statistics());
    const stopped = counts();
    // What would go on would have gone on by the time a message is there and back.
    resultOf(await mira.sendText(withTomas, 'Are you there?'));
    await until(tomas, { kind: 'conversations' }, ([first]) => (first?.unreadCount ?? 0) > 0);
    expect(counts()).toEqual(stopped);
    expect(caller.state.phase).toMatchObject({ kind: 'ended' });
  } finally {
    for (const one of opened) await one.close().catch(() => {});
    rmSync(folder, { recursive: true, force: true });
    await server.remove();
  }
});
