/**
 * The server: messages with a body of 300 bytes, appended durably and delivered. Server and floor are processes
 * pinned to one core, with the load on the other. They take turns, and the best turn of each counts: what else the
 * machine does, its disk above all, only ever makes a turn worse.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchOptions, Row } from '../row.ts';
import { type ChildServer, type ServerKind, startChild } from '../server/childServer.ts';
import { openIdle, openTraffic, type Traffic } from '../server/load.ts';
import { populate } from '../server/population.ts';

/** Conversations at once, by number of receivers: enough that commits are shared. */
const groupsFor = { 1: 32, 10: 8, 100: 2 } as const;
type Receivers = keyof typeof groupsFor;
/** Appends of one sender that await their answers. */
const window = 32;
const kinds = ['floor', 'sotto'] as const;

interface Throughput {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}
interface Latency {
  readonly p50: number;
  readonly p99: number;
}
interface Contestant {
  readonly server: ChildServer;
  readonly traffics: readonly Traffic[];
}
type Both<T> = Record<ServerKind, T>;

export async function* serverRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const turns = quick ? 2 : 8;
  const seconds = quick ? 0.5 : 1.5;
  for (const receivers of [1, 10, 100] as const) {
    yield* await withContestants(receivers, async (both) => {
      const best = await measureThroughput(both, receivers, turns, seconds);
      const rows = throughputRows(receivers, best);
      if (receivers > 1) return rows;
      return [...rows, ...latencyRows(await measureLatency(both, best.sotto.perSecond / 2, turns, seconds))];
    });
  }
  const connections = quick ? 200 : 2000;
  const floor = await measureIdle('floor', connections);
  const sotto = await measureIdle('sotto', connections);
  yield {
    suite: 'foundation',
    name: 'Server: memory per idle connection',
    value: sotto / 1024,
    unit: 'kB',
    floor: floor / 1024,
    ratio: sotto / floor,
  };
}

function throughputRows(receivers: Receivers, { sotto, floor }: Both<Throughput>): Row[] {
  const what = `Server: 300-byte messages stored and delivered to ${receivers}`;
  return (['perSecond', 'perCpuSecond'] as const).map((figure) => {
    const ratio = sotto[figure] / floor[figure];
    return {
      suite: 'foundation',
      name: figure === 'perSecond' ? `${what}, per second` : `${what}, per CPU-second`,
      value: sotto[figure],
      unit: figure === 'perSecond' ? 'messages/s' : 'messages/CPU-s',
      floor: floor[figure],
      ratio,
      ...(figure === 'perSecond' && { aim: '>= 0.5', holds: ratio >= 0.5 }),
    };
  });
}

function latencyRows({ sotto, floor }: Both<Latency>): Row[] {
  return (['p50', 'p99'] as const).map((quantile) => ({
    suite: 'foundation',
    name: `Server: latency at half load, ${quantile}`,
    value: sotto[quantile],
    unit: 'ms',
    floor: floor[quantile],
    ratio: sotto[quantile] / floor[quantile],
  }));
}

async function measureThroughput(
  both: Both<Contestant>,
  receivers: Receivers,
  turns: number,
  seconds: number,
): Promise<Both<Throughput>> {
  const best: Both<Throughput> = {
    floor: { perSecond: 0, perCpuSecond: 0 },
    sotto: { perSecond: 0, perCpuSecond: 0 },
  };
  // Once around without counting: code is compiled and files grown by then.
  for (const kind of kinds) await runTurn(both[kind], receivers, 1);
  for (let turn = 0; turn < turns; turn += 1) {
    for (const kind of kinds) {
      const { perSecond, perCpuSecond } = await runTurn(both[kind], receivers, seconds);
      best[kind] = {
        perSecond: Math.max(best[kind].perSecond, perSecond),
        perCpuSecond: Math.max(best[kind].perCpuSecond, perCpuSecond),
      };
    }
  }
  return best;
}

/** Senders send as fast as they are answered. */
async function runTurn(
  { server, traffics }: Contestant,
  receivers: Receivers,
  seconds: number,
): Promise<Throughput> {
  let isOver = false;
  for (const traffic of traffics) {
    traffic.onAnswer = () => {
      while (!isOver && traffic.awaiting < window) traffic.send();
    };
    traffic.onAnswer();
  }
  const delivered = () => traffics.reduce((sum, traffic) => sum + traffic.delivered, 0) / receivers;
  await delay(200);
  const before = { cpu: (await server.usage()).cpuSeconds, delivered: delivered(), atMs: performance.now() };
  await delay(seconds * 1000);
  const messages = delivered() - before.delivered;
  const elapsedSeconds = (performance.now() - before.atMs) / 1000;
  const cpuSeconds = (await server.usage()).cpuSeconds - before.cpu;
  isOver = true;
  await settled(traffics, delivered);
  return { perSecond: messages / elapsedSeconds, perCpuSecond: messages / cpuSeconds };
}

async function measureLatency(
  both: Both<Contestant>,
  perSecond: number,
  turns: number,
  seconds: number,
): Promise<Both<Latency>> {
  const best = { floor: { p50: Infinity, p99: Infinity }, sotto: { p50: Infinity, p99: Infinity } };
  for (let turn = 0; turn < turns; turn += 1) {
    for (const kind of kinds) {
      const { p50, p99 } = await runPaced(both[kind], perSecond, seconds);
      best[kind] = { p50: Math.min(best[kind].p50, p50), p99: Math.min(best[kind].p99, p99) };
    }
  }
  return best;
}

/** Senders send at a rate, whatever is answered. */
async function runPaced({ traffics }: Contestant, perSecond: number, seconds: number): Promise<Latency> {
  const latenciesMs: number[] = [];
  for (const traffic of traffics) {
    traffic.onAnswer = () => {};
    traffic.onLatency = (latencyMs) => latenciesMs.push(latencyMs);
  }
  const startMs = performance.now();
  for (let sent = 0, nowMs = startMs; nowMs < startMs + seconds * 1000; nowMs = performance.now()) {
    const due = ((nowMs - startMs) / 1000) * perSecond;
    for (; sent < due; sent += 1) traffics[sent % traffics.length]!.send();
    await delay(1);
  }
  await settled(traffics, () => latenciesMs.length);
  for (const traffic of traffics) traffic.onLatency = null;
  const sorted = latenciesMs.slice(Math.floor(latenciesMs.length / 10)).sort((a, b) => a - b);
  const at = (quantile: number) => sorted[Math.floor(sorted.length * quantile)] ?? Number.POSITIVE_INFINITY;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Nothing is awaited any more, and nothing arrives. */
async function settled(traffics: readonly Traffic[], arrived: () => number): Promise<void> {
  for (let before = -1; traffics.some(({ awaiting }) => awaiting > 0) || arrived() > before; ) {
    before = arrived();
    await delay(20);
  }
}

/** Resident bytes that each of `count` connections adds. */
async function measureIdle(kind: ServerKind, count: number): Promise<number> {
  return await withFolder(async (folder) => {
    const groups = await populate(folder, count / 2, 1);
    const server = await startChild(kind, folder);
    const before = await server.usage();
    const sockets = [];
    for (const group of groups) {
      for (const member of [group.sender, ...group.receivers]) {
        sockets.push(await openIdle(kind, server.address, group, member));
      }
    }
    const after = await server.usage();
    for (const socket of sockets) socket.terminate();
    await server.stop();
    return (after.residentBytes - before.residentBytes) / count;
  });
}

async function withContestants<T>(
  receivers: Receivers,
  measure: (both: Both<Contestant>) => Promise<T>,
): Promise<T> {
  return await withFolder(async (folder) => {
    const groups = await populate(folder, groupsFor[receivers], receivers);
    const contestant = async (kind: ServerKind): Promise<Contestant> => {
      const server = await startChild(kind, folder);
      return {
        server,
        traffics: await Promise.all(groups.map((group) => openTraffic(kind, server.address, group))),
      };
    };
    const both = { floor: await contestant('floor'), sotto: await contestant('sotto') };
    const result = await measure(both);
    for (const { server, traffics } of Object.values(both)) {
      for (const traffic of traffics) traffic.close();
      await server.stop();
    }
    return result;
  });
}

async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
