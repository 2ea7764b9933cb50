/**
 * Runs many seeds on all cores (spec/simulator.md §Running). Each thread has its own libsodium, SQLite and queue;
 * a seed that does not end is ended from here.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SeedOrder, WorkerOptions } from './simulateWorker.ts';
import type { SeedResult } from './simulation/runSeed.ts';

export interface SimulateOptions {
  /** Threads; default: one per core. */
  readonly threads?: number;
  readonly trace?: boolean;
  /** A seed that takes longer counts as failed. */
  readonly seedTimeoutMs?: number;
  /** Called as each seed ends. */
  readonly onResult?: (result: SeedResult, done: number) => void;
}

const defaultSeedTimeoutMs = 60_000;

/** Results in the order in which seeds ended. */
export async function simulateSeeds(
  seeds: readonly number[],
  options: SimulateOptions = {},
): Promise<SeedResult[]> {
  const threads = Math.min(options.threads ?? availableParallelism(), seeds.length);
  const queue = [...seeds];
  const results: SeedResult[] = [];
  const finish = (result: SeedResult) => {
    results.push(result);
    options.onResult?.(result, results.length);
  };
  await Promise.all(Array.from({ length: threads }, () => runThread(queue, options, finish)));
  return results;
}

async function runThread(
  queue: number[],
  options: SimulateOptions,
  finish: (result: SeedResult) => void,
): Promise<void> {
  let worker: Worker | null = null;
  for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) {
    worker ??= startWorker(options.trace ?? false);
    const result = await runOne(worker, seed, options.seedTimeoutMs ?? defaultSeedTimeoutMs);
    if (result.ended) {
      await worker.terminate();
      worker = null;
    }
    finish(result.result);
  }
  await worker?.terminate();
}

function startWorker(trace: boolean): Worker {
  const workerData: WorkerOptions = { trace };
  return new Worker(new URL('./simulateWorker.ts', import.meta.url), { workerData });
}

/** `ended`: the thread cannot be used any more. */
function runOne(
  worker: Worker,
  seed: number,
  timeoutMs: number,
): Promise<{ result: SeedResult; ended: boolean }> {
  return new Promise((resolve) => {
    const fail = (detail: string) => settle({ result: failedSeed(seed, detail), ended: true });
    const onMessage = (result: SeedResult) => settle({ result, ended: false });
    const onError = (error: unknown) =>
      fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const timer = setTimeout(() => fail(`no end after ${timeoutMs / 1000} s`), timeoutMs);
    function settle(outcome: { result: SeedResult; ended: boolean }) {
      clearTimeout(timer);
      worker.off('message', onMessage);
      worker.off('error', onError);
      resolve(outcome);
    }
    worker.on('message', onMessage);
    worker.on('error', onError);
    const order: SeedOrder = { seed };
    worker.postMessage(order);
  });
}

function failedSeed(seed: number, detail: string): SeedResult {
  return {
    seed,
    plan: '',
    violations: [{ kind: 'crashed', where: 'simulator', detail }],
    trace: [],
    statistics: {},
  };
}
