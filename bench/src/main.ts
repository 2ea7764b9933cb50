// `npm run bench [-- SUITE] [--quick] [--json]`: measured figures, as ratios within one run.
import { parseArgs } from 'node:util';
import type { Row, Suite } from './row.ts';

const suites: Record<string, () => Promise<Suite>> = {
  mls: async () => (await import('./suites/mls.ts')).mls,
  foundation: async () => (await import('./suites/foundation.ts')).foundation,
  history: async () => (await import('./suites/history.ts')).history,
  groups: async () => (await import('./suites/groups.ts')).groups,
  disappearing: async () => (await import('./suites/disappearing.ts')).disappearing,
  calls: async () => (await import('./suites/calls.ts')).calls,
  'group-calls': async () => (await import('./suites/groupCalls.ts')).groupCalls,
};

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !Object.hasOwn(suites, name));
if (unknown.length > 0) {
  console.error(`Unknown suite: ${unknown.join(', ')}. Suites: ${Object.keys(suites).join(', ')}.`);
  process.exit(2);
}

for (const [name, load] of Object.entries(suites)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const suite = await load();
  for await (const row of suite({ quick: values.quick })) {
    console.log(values.json ? JSON.stringify(row) : describe(row));
  }
}
process.exit(0);

function describe(row: Row): string {
  const figure = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  return [
    row.name.padEnd(58),
    `${figure(row.value)} ${row.unit}`.padStart(18),
    row.floor === undefined ? '' : `floor ${figure(row.floor)}`,
    row.peer === undefined ? '' : `peer ${figure(row.peer)}`,
    row.ratio === undefined ? '' : `ratio ${row.ratio.toFixed(2)}`,
    row.aim === undefined ? '' : `aim ${row.aim}: ${row.holds ? 'holds' : 'MISSED'}`,
  ]
    .filter((part) => part !== '')
    .join('  ');
}
