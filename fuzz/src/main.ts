/**
 * `npm run fuzz -- [--seconds 60] [--seed S] [--only NAME] [--replay FILE]` (fuzz/README.md)
 *
 * Fails on anything but a clean refusal, says the seed, and saves the input. `--seconds` is for all targets together.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { supervise } from './supervise.ts';

const limits = { inputLimitMs: 10_000, startLimitMs: 60_000 };
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

const replay = values.replay === undefined ? null : new Uint8Array(readFileSync(values.replay));
const outcome = await supervise(
  new URL('./worker.ts', import.meta.url),
  { seed, seconds, only: values.only, replay },
  limits,
  (name, inputs) => console.log(`${name}: ${inputs} inputs`),
);
if (outcome.kind === 'passed') {
  console.log(`Fuzzing passed: ${outcome.targets} targets, ${outcome.inputs} inputs, seed ${seed}`);
} else {
  const { name, input, error } = outcome;
  mkdirSync(findingsFolder, { recursive: true });
  const file = join(findingsFolder, `${name}-${seed}`);
  writeFileSync(file, input);
  console.error(`Fuzzing failed: ${name}, seed ${seed}, input (${input.length} bytes) saved to ${file}`);
  console.error(error);
  process.exitCode = 1;
}
