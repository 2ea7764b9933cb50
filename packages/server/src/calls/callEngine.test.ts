import { type RelayProcess, startRelayProcess } from '@sotto/relay';
import { expect, vi } from 'vitest';
import { ManualClock } from '../testing/manualClock.ts';
import { StandInCallEngine } from '../testing/standInEngine.ts';
import type { EngineEvent } from './callEngine.ts';
import { describeCallEngine } from './callEngineConformance.ts';
import { createRelayCallEngine } from './relayCallEngine.ts';

describeCallEngine('the stand-in for relays', async () => {
  const engine = new StandInCallEngine(new ManualClock(), 2);
  const told: EngineEvent[] = [];
  engine.listen((event) => told.push(event));
  return {
    engine,
    told,
    ready: async () => engine.restart(),
    kill: (roomId) => engine.kill([engine.relayOf(roomId)]),
    until: async (holds) => expect(holds()).toBe(true),
    stop: async () => {},
  };
});

describeCallEngine('relays in processes of their own', async () => {
  const start = () => {
    const options = { secret: 'the secret', addresses: ['127.0.0.1'], port: 0, bytesPerSecond: 1e6 };
    return startRelayProcess({ ...options, told() {} });
  };
  const relays: RelayProcess[] = [start(), start()];
  const engine = createRelayCallEngine(
    relays.map(({ link }) => ({ link, isRemote: false })),
    async () => [],
  );
  const told: EngineEvent[] = [];
  engine.listen((event) => told.push(event));
  return {
    engine,
    told,
    ready: () => vi.waitUntil(() => relays.every(({ link }) => link.isAvailable), { timeout: 45_000 }),
    kill(roomId) {
      process.kill(relays.find(({ link }) => link.has(roomId))!.pid!, 'SIGKILL');
    },
    until: (holds) => vi.waitUntil(holds, { timeout: 45_000 }),
    stop: async () => {
      await Promise.all(relays.map((relay) => relay.stop()));
    },
  };
});
