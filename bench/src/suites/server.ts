/**
 * The server: messages with a body of 300 bytes, appended durably and delivered. Server and floor run one after the
 * other as processes pinned to one core, with the load on the other.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchOptions, Row } from '../row.ts';
import { type ServerKind, startChild } from '../server/childServer.ts';
import { openIdle, openTraffic, type Traffic } from '../server/load.ts';
import { populate } from '../server/population.ts';

/** Conversations at once, by number of receivers: enough that commits are shared. */
const groupsFor = { 1: 32, 10: 8, 100: 2 } as const;
type Receivers = keyof typeof groupsFor;
/** Appends of one sender that await their answers. */
const window = 32;

interface Throughput {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}
interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export async function* serverRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const seconds = quick ? 1.5 : 5;
  let halfLoad = { sotto: 0, floor: 0 };
  for (const receivers of [1, 10, 100] as const) {
    const floor = await measureThroughput('floor', receivers, seconds);
    const sotto = await measureThroughput('sotto', receivers, seconds);
    if (receivers === 1) halfLoad = { sotto: sotto.perSecond / 2, floor: floor.perSecond / 2 };
    const what = `Server: 300-byte messages stored and delivered to ${receivers}`;
    yield throughputRow(`${what}, per second`, 'messages/s', sotto.perSecond, floor.perSecond);
    yield throughputRow(`${what}, per CPU-second`, 'messages/CPU-s', sotto.perCpuSecond, floor.perCpuSecond);
  }
  // The same load on both: half of what the server can take.
  const floor = await measureLatency('floor', halfLoad.sotto, seconds);
  const sotto = await measureLatency('sotto', halfLoad.sotto, seconds);
  for (const quantile of ['p50', 'p99'] as const) {
    yield {
      suite: 'foundation',
      name: `Server: latency at half load, ${quantile}`,
      value: sotto[quantile],
      unit: 'ms',
      floor: floor[quantile],
      ratio: sotto[quantile] / floor[quantile],
    };
  }
  const connections = quick ? 500 : 2000;
  const idle = await measureIdle('sotto', connections);
  const bare = await measureIdle('floor', connections);
  yield {
    suite: 'foundation',
    name: 'Server: memory per idle connection',
    value: idle / 1024,
    unit: 'kB',
    floor: bare / 1024,
    ratio: idle / bare,
  };
}

function throughputRow(name: string, unit: string, value: number, floor: number): Row {
  const ratio = value / floor;
  return { suite: 'foundation', name, value, unit, floor, ratio, aim: '>= 0.5', holds: ratio >= 0.5 };
}

async function measureThroughput(
  kind: ServerKind,
  receivers: Receivers,
  seconds: number,
): Promise<Throughput> {
  return await withTraffic(kind, groupsFor[receivers], receivers, async (traffics, usage) => {
    let isOver = false;
    for (const traffic of traffics) {
      const fill = () => {
        while (!isOver && traffic.awaiting < window) traffic.send();
      };
      traffic.onAnswer = fill;
      fill();
    }
    const delivered = () => traffics.reduce((sum, traffic) => sum + traffic.delivered, 0) / receivers;
    await delay(500);
    const before = { cpu: (await usage()).cpuSeconds, delivered: delivered(), atMs: performance.now() };
    await delay(seconds * 1000);
    const messages = delivered() - before.delivered;
    const elapsedSeconds = (performance.now() - before.atMs) / 1000;
    const cpuSeconds = (await usage()).cpuSeconds - before.cpu;
    isOver = true;
    return { perSecond: messages / elapsedSeconds, perCpuSecond: messages / cpuSeconds };
  });
}

async function measureLatency(kind: ServerKind, perSecond: number, seconds: number): Promise<Latency> {
  return await withTraffic(kind, groupsFor[1], 1, async (traffics) => {
    const latenciesMs: number[] = [];
    for (const traffic of traffics) traffic.onLatency = (latencyMs) => latenciesMs.push(latencyMs);
    const startMs = performance.now();
    const endMs = startMs + seconds * 1000;
    for (let sent = 0, nowMs = startMs; nowMs < endMs; nowMs = performance.now()) {
      const due = ((nowMs - startMs) / 1000) * perSecond;
      for (; sent < due; sent += 1) traffics[sent % traffics.length]!.send();
      await delay(1);
    }
    await delay(100);
    const sorted = latenciesMs.slice(latenciesMs.length / 10).sort((a, b) => a - b);
    const at = (quantile: number) => sorted[Math.floor(sorted.length * quantile)] ?? Number.NaN;
    return { p50: at(0.5), p99: at(0.99) };
  });
}

/** Resident bytes that each of `count` connections adds. */
async function measureIdle(kind: ServerKind, count: number): Promise<number> {
  return await withFolder(async (folder) => {
    const [group] = await populate(folder, 1, count);
    const server = await startChild(kind, folder);
    const before = await server.usage();
    const sockets = [];
    for (const member of group!.receivers) sockets.push(await openIdle(kind, server.address, group!, member));
    const after = await server.usage();
    for (const socket of sockets) socket.terminate();
    await server.stop();
    return (after.residentBytes - before.residentBytes) / count;
  });
}

async function withTraffic<T>(
  kind: ServerKind,
  groups: number,
  receivers: number,
  measure: (traffics: readonly Traffic[], usage: () => Promise<{ cpuSeconds: number }>) => Promise<T>,
): Promise<T> {
  return await withFolder(async (folder) => {
    const population = await populate(folder, groups, receivers);
    const server = await startChild(kind, folder);
    const traffics = await Promise.all(population.map((group) => openTraffic(kind, server.address, group)));
    const result = await measure(traffics, () => server.usage());
    for (const traffic of traffics) traffic.close();
    await server.stop();
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
