/**
 * Watches a worker that tries inputs: what it reports, that it does not end before it is done, and that no input
 * keeps it longer than its limit.
 */
import { Worker } from 'node:worker_threads';
import { createShared, sharedCount, sharedInput } from './shared.ts';
import type { FuzzOptions, WorkerReport } from './workerReport.ts';

export interface SuperviseLimits {
  /** The longest that one input may take. */
  readonly inputLimitMs: number;
  /** Before the first input: samples are made and a server is opened. */
  readonly startLimitMs: number;
}

export type FuzzOutcome =
  | { readonly kind: 'passed'; readonly targets: number; readonly inputs: number }
  | { readonly kind: 'failed'; readonly name: string; readonly input: Uint8Array; readonly error: string };

const pollMs = 100;

/** Runs the worker at `url` to its end; `passed` hears of each target. The worker is stopped in any case. */
export async function supervise(
  url: URL,
  options: FuzzOptions,
  limits: SuperviseLimits,
  passed: (name: string, inputs: number) => void = () => {},
): Promise<FuzzOutcome> {
  const shared = createShared();
  const worker = new Worker(url, { workerData: { ...options, shared } });
  const outcome = Promise.withResolvers<FuzzOutcome>();
  let current = 'start';
  let targets = 0;
  let inputs = 0;
  const failed = (error: string) =>
    outcome.resolve({ kind: 'failed', name: current, input: sharedInput(shared), error });

  worker.on('message', (report: WorkerReport) => {
    switch (report.kind) {
      case 'started':
        current = report.name;
        return;
      case 'passed':
        targets += 1;
        inputs += report.inputs;
        passed(report.name, report.inputs);
        return;
      case 'failed':
        outcome.resolve(report);
        return;
      case 'done':
        if (targets === 0) failed('no target of that name');
        outcome.resolve({ kind: 'passed', targets, inputs });
    }
  });
  worker.on('error', (error) => failed(error instanceof Error ? String(error.stack) : String(error)));
  worker.on('exit', () => failed('the worker ended before it was done'));

  let lastCount = 0;
  let lastChangeMs = performance.now();
  const poll = setInterval(() => {
    const count = sharedCount(shared);
    const nowMs = performance.now();
    const limitMs = count === 0 ? limits.startLimitMs : limits.inputLimitMs;
    if (count !== lastCount) {
      lastCount = count;
      lastChangeMs = nowMs;
    } else if (nowMs - lastChangeMs > limitMs) {
      failed(`no end within ${limitMs} ms`);
    }
  }, pollMs);
  const result = await outcome.promise;
  clearInterval(poll);
  await worker.terminate();
  return result;
}
