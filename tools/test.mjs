// `npm test`: everything, quick parts first. `npm test -- NAME…` runs only the named parts.
import { buildWebApp, findChromium, install, runOnNode } from './prepare.mjs';

const vitest = 'node_modules/vitest/vitest.mjs';
const parts = [
  { name: 'verify', run: () => runOnNode(['tools/verify.ts']) },
  { name: 'unit', run: () => runOnNode([vitest, 'run', '--project', 'unit']) },
  { name: 'simulate', run: () => runOnNode(['testkit/src/simulate.ts', '--seeds', '1000']) },
  { name: 'fuzz', run: () => runOnNode(['fuzz/src/main.ts', '--seconds', '60']) },
  {
    name: 'browser',
    run: async () => {
      const chromium = findChromium();
      buildWebApp();
      return runOnNode([vitest, 'run', '--project', 'browser'], { CHROMIUM_PATH: chromium });
    },
  },
];

const names = process.argv.slice(2);
const unknown = names.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`Unknown part: ${unknown.join(', ')}. Parts: ${parts.map((part) => part.name).join(', ')}.`);
  process.exit(2);
}

install();
const chosen = parts.filter((part) => names.length === 0 || names.includes(part.name));
const failed = [];
for (const part of chosen) {
  const startMs = performance.now();
  const code = await part.run();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  console.log(`\n== ${part.name}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s\n`);
  if (code !== 0) failed.push(part.name);
}
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}.`);
console.log(`${chosen.length - failed.length} passed, ${failed.length} failed`);
process.exit(failed.length === 0 ? 0 : 1);
