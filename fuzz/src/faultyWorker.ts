/** For the supervisor's test: targets with the faults that it must find. */
import { parentPort, workerData } from 'node:worker_threads';
import { runTargets } from './runTargets.ts';
import type { Target } from './target.ts';
import type { WorkerOptions } from './workerReport.ts';

const samples = [Uint8Array.of(1, 2, 3)];
const targets: Target[] = [
  { name: 'sound', samples, run: () => {} },
  {
    name: 'throwing',
    samples,
    run: (bytes) => {
      if (bytes[0] !== 1) throw new RangeError('off by one');
    },
  },
  {
    name: 'hanging',
    samples,
    run: (bytes) => {
      while (bytes[0] !== 1) {
        // No end.
      }
    },
  },
  {
    name: 'rejecting',
    samples,
    run: () => {
      void Promise.reject(new Error('nobody waits for this'));
      return new Promise(() => {});
    },
  },
  { name: 'ending', samples, run: () => process.exit(0) },
];

await runTargets(workerData as WorkerOptions, targets, samples, (report) => parentPort!.postMessage(report));
