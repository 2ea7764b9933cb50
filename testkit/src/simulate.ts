/**
 * `npm run simulate -- [--seeds N] [--from S] [--seed S] [--trace] [--threads N]`: runs the simulator over many
 * seeds, or one again. See spec/simulator.md §Running.
 */
import { parseArgs } from 'node:util';
import { simulateSeeds } from './simulateSeeds.ts';
import type { SeedResult } from './simulation/runSeed.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    threads: { type: 'string' },
  },
});

const seeds =
  values.seed === undefined
    ? Array.from({ length: wholeNumber(values.seeds) }, (_, i) => wholeNumber(values.from) + i)
    : [wholeNumber(values.seed)];
const startedMs = performance.now();
const totals: Record<string, number> = {};
const progressEvery = Math.max(1, Math.ceil(seeds.length / 10));

const results = await simulateSeeds(seeds, {
  trace: values.trace,
  ...(values.threads === undefined ? {} : { threads: wholeNumber(values.threads) }),
  onResult(result, done) {
    for (const [name, count] of Object.entries(result.statistics)) totals[name] = (totals[name] ?? 0) + count;
    if (result.violations.length > 0) printFailure(result);
    if (seeds.length > 1 && done % progressEvery === 0)
      console.log(`${done} of ${seeds.length} seeds, ${secondsSince()} s`);
  },
});

const failed = results.filter((result) => result.violations.length > 0);
console.log(
  Object.entries(totals)
    .map(([name, count]) => `${count} ${name}`)
    .join(', '),
);
if (failed.length > 0) console.log(`Failed seeds: ${failed.map((result) => result.seed).join(' ')}`);
console.log(`${results.length - failed.length} passed, ${failed.length} failed (${secondsSince()} s)`);
process.exitCode = failed.length > 0 ? 1 : 0;

function printFailure(result: SeedResult): void {
  console.log(`\nSeed ${result.seed} failed (${result.plan})`);
  for (const { kind, where, detail } of result.violations.slice(0, 12))
    console.log(`  ${kind}: ${where}: ${detail}`);
  if (result.violations.length > 12) console.log(`  and ${result.violations.length - 12} more`);
  if (!values.trace) for (const line of result.trace) console.log(`    ${line}`);
  console.log(`  again: npm run simulate -- --seed ${result.seed} --trace\n`);
}

function secondsSince(): string {
  return ((performance.now() - startedMs) / 1000).toFixed(1);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`Not a whole number: ${text}`);
  return number;
}
