// `npm test`: everything, quick parts first. `npm test -- NAME…` runs only the named parts.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildWebApp, findChromium, install, root, runOnNode } from './prepare.mjs';

/** The tests of Vitest's projects for a part; what failed is kept beside the screenshots of failures. */
function runVitest(part, projects, env = {}) {
  const path = failuresPath(part);
  const chosen = projects.map((project) => `--project=${project}`);
  const args = ['run', ...chosen, '--reporter=default', '--reporter=./tools/FailedTests.mjs'];
  return runOnNode(['node_modules/vitest/vitest.mjs', ...args], { ...env, FAILED_TESTS_PATH: path });
}

function failuresPath(name) {
  return join(root, 'test-results', `failed-${name}.txt`);
}

const parts = [
  { name: 'verify', run: () => runOnNode(['tools/verify.ts']) },
  { name: 'unit', run: () => runVitest('unit', ['unit']) },
  { name: 'simulate', run: () => runOnNode(['testkit/src/simulate.ts', '--seeds', '500']) },
  { name: 'fuzz', run: () => runOnNode(['fuzz/src/main.ts', '--seconds', '60']) },
  {
    name: 'browser',
    run: async () => {
      const chromium = findChromium();
      buildWebApp();
      return runVitest('browser', ['browser', 'browser-alone'], { CHROMIUM_PATH: chromium });
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
for (const name of failed) {
  const path = failuresPath(name);
  if (existsSync(path)) console.log(`== what failed in ${name}:\n${readFileSync(path, 'utf8')}`);
}
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}.`);
console.log(`${chosen.length - failed.length} passed, ${failed.length} failed`);
process.exit(failed.length === 0 ? 0 : 1);
