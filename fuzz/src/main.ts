/**
 * `npm run fuzz -- [--seconds 60] [--seed S] [--only NAME] [--replay FILE]`
 *
 * Feeds every decoder and receiver of the project with damaged samples (fuzz/README.md). Fails on anything but
 * a clean refusal, says the seed, and saves the input. An input that takes longer than `inputLimitMs` counts as a
 * hang. `--seconds` is the time for all targets together.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createShared, sharedCount, sharedInput } from './shared.ts';
import type { WorkerOptions, WorkerReport } from './worker.ts';

const inputLimitMs = 10_000;
/** Before the first input: samples are made and a server is opened. */
const startLimitMs = 60_000;
const findingsFolder = join(dirname(fileURLToPath(import.meta.url)), '../findings');

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    only: { type: 'string', default: '' },
    replay: { type: 'string' },
  },
});
const seed = Number(values.seed);
const seconds = Number(values.seconds);
if (!Number.isSafeInteger(seed) || !(seconds > 0)) {
  console.error('Usage: npm run fuzz -- [--seconds 60] [--seed S] [--only NAME] [--replay FILE]');
  process.exit(2);
}

const shared = createShared();
const workerData: WorkerOptions = {
  seed,
  seconds,
  only: values.only,
  replay: values.replay === undefined ? null : new Uint8Array(readFileSync(values.replay)),
  shared,
};
const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
let current = 'start';
let inputs = 0;
let targets = 0;
let lastCount = -1;
let lastChangeMs = performance.now();

const watch = setInterval(() => {
  const count = sharedCount(shared);
  const now = performance.now();
  if (count !== lastCount) {
    lastCount = count;
    lastChangeMs = now;
  } else if (now - lastChangeMs > (count === 0 ? startLimitMs : inputLimitMs)) {
    fail(current, sharedInput(shared), `no end after ${inputLimitMs} ms`);
  }
}, 250);

worker.on('message', (report: WorkerReport) => {
  switch (report.kind) {
    case 'started':
      current = report.name;
      return;
    case 'passed':
      inputs += report.inputs;
      targets += 1;
      console.log(`${report.name}: ${report.inputs} inputs`);
      return;
    case 'failed':
      fail(report.name, report.input, report.error);
      return;
    case 'done':
      clearInterval(watch);
      if (targets === 0) fail('no target', new Uint8Array(0), `none is named like ${values.only}`);
      console.log(`Fuzzing passed: ${targets} targets, ${inputs} inputs, seed ${seed}`);
      process.exit(0);
  }
});
worker.on('error', (error) => {
  fail(current, sharedInput(shared), error instanceof Error ? String(error.stack) : String(error));
});
worker.on('exit', () => fail(current, sharedInput(shared), 'the worker ended'));

function fail(name: string, input: Uint8Array, error: string): never {
  mkdirSync(findingsFolder, { recursive: true });
  const file = join(findingsFolder, `${name}-${seed}`);
  writeFileSync(file, input);
  console.error(`Fuzzing failed: ${name}, seed ${seed}, input (${input.length} bytes) saved to ${file}`);
  console.error(error);
  process.exit(1);
}
