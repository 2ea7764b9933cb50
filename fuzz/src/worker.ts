/**
 * Runs the targets, and puts each input where the main thread finds it before it is tried: so an input that never
 * returns, or ends the process, is not lost.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import { type Shared, shareInput } from './shared.ts';
import { allTargets } from './targets/allTargets.ts';

export interface WorkerOptions {
  readonly seed: number;
  /** For all targets together. */
  readonly seconds: number;
  /** Only targets whose names contain this. */
  readonly only: string;
  /** Try this input alone. */
  readonly replay: Uint8Array | null;
  readonly shared: Shared;
}

export type WorkerReport =
  | { readonly kind: 'started'; readonly name: string }
  | { readonly kind: 'passed'; readonly name: string; readonly inputs: number }
  | { readonly kind: 'failed'; readonly name: string; readonly input: Uint8Array; readonly error: string }
  | { readonly kind: 'done' };

const options = workerData as WorkerOptions;
const report = (message: WorkerReport) => parentPort!.postMessage(message);

async function run(): Promise<void> {
  const { targets, pool } = await allTargets(options.seed);
  const chosen = targets.filter(({ name }) => name.includes(options.only));
  const secondsEach = options.seconds / chosen.length;
  for (const target of chosen) {
    report({ kind: 'started', name: target.name });
    const random = new Random(options.seed);
    const endMs = performance.now() + secondsEach * 1000;
    let inputs = 0;
    do {
      const input =
        options.replay ??
        (inputs < target.samples.length ? target.samples[inputs]! : mutate(random, target.samples, pool));
      shareInput(options.shared, input);
      try {
        await target.run(input);
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        report({ kind: 'failed', name: target.name, input, error: text });
        return;
      }
      inputs += 1;
    } while (options.replay === null && performance.now() < endMs);
    report({ kind: 'passed', name: target.name, inputs });
  }
  report({ kind: 'done' });
}

await run();
