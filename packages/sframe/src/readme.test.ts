import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const example = fileURLToPath(new URL('../examples/twoSenders.ts', import.meta.url));

/** Fenced blocks of the README. */
function blocks(): string[] {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  return Array.from(readme.matchAll(/^```\w*\n(.*?)^```$/gms), ([, text]) => text!);
}

it('the README has the example as it is, and the example prints what the README says', () => {
  const [code, output] = blocks();
  expect(code).toBe(readFileSync(example, 'utf8'));
  const { stdout, stderr, status } = spawnSync(process.execPath, [example], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toBe(output);
});
