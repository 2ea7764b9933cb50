/** The thread that fuzzes. */
import { parentPort, workerData } from 'node:worker_threads';
import { runTargets } from './runTargets.ts';
import { allTargets } from './targets/allTargets.ts';
import type { WorkerOptions } from './workerReport.ts';

const options = workerData as WorkerOptions;
const { targets, pool } = await allTargets(options.seed);
await runTargets(options, targets, pool, (report) => parentPort!.postMessage(report));
