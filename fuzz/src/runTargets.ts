/**
 * Tries inputs on targets, and puts each where the supervising thread finds it before it is tried: so an input that
 * never returns, or ends the process, is not lost.
 */
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import { shareInput } from './shared.ts';
import type { Target } from './target.ts';
import type { WorkerOptions, WorkerReport } from './workerReport.ts';

export async function runTargets(
  options: WorkerOptions,
  targets: readonly Target[],
  pool: readonly Uint8Array[],
  report: (message: WorkerReport) => void,
): Promise<void> {
  const chosen = targets.filter(({ name }) => name.includes(options.only));
  for (const target of chosen) {
    report({ kind: 'started', name: target.name });
    const endMs = performance.now() + (options.seconds * 1000) / chosen.length;
    const failure = await runTarget(options, target, pool, endMs);
    report(failure);
    if (failure.kind === 'failed') return;
  }
  report({ kind: 'done' });
}

async function runTarget(
  { seed, replay, shared }: WorkerOptions,
  target: Target,
  pool: readonly Uint8Array[],
  endMs: number,
): Promise<WorkerReport> {
  const { name, samples } = target;
  const random = new Random(seed);
  let inputs = 0;
  do {
    const input = replay ?? samples[inputs] ?? mutate(random, samples, pool);
    shareInput(shared, input);
    try {
      await target.run(input);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { kind: 'failed', name, input, error: text };
    }
    inputs += 1;
  } while (replay === null && performance.now() < endMs);
  return { kind: 'passed', name, inputs };
}
