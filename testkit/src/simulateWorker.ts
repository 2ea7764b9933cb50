/** A thread that runs the seeds it is sent, one at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { runSeed, type SeedResult } from './simulation/runSeed.ts';

/** What the main thread says to a worker: the next seed. */
export interface SeedOrder {
  readonly seed: number;
}
export interface WorkerOptions {
  /** Print every line of the trace as it comes. */
  readonly trace: boolean;
}

const { trace } = workerData as WorkerOptions;

parentPort?.on('message', async ({ seed }: SeedOrder) => {
  const print = trace ? { print: (line: string) => void process.stdout.write(`${line}\n`) } : {};
  const result: SeedResult = await runSeed(seed, print);
  parentPort?.postMessage(result);
});
