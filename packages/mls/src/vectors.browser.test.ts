import { suiteIds } from '@sotto/primitives';
import { runInChromium } from '@sotto/testkit/chromiumRun';
import { loadVectors } from '@sotto/testkit/vectors';
import { expect, it } from 'vitest';
import type { ChromiumInput, ChromiumOutput } from './testing/chromiumEntry.ts';
import { vectorFiles } from './testing/vectorFiles.ts';

const entry = new URL('./testing/chromiumEntry.ts', import.meta.url);

it('the engine passes the vectors and holds conversations in a Chromium worker', async () => {
  const vectors: Record<string, unknown> = {};
  const expected: Record<string, number> = {};
  for (const { name, caseCount, applicable } of vectorFiles) {
    const loaded = loadVectors<unknown[]>(`mls/${name}.json`, caseCount);
    if (loaded === null) continue;
    vectors[name] = loaded;
    expected[name] = applicable;
  }
  const input: ChromiumInput = { vectors };
  const output = await runInChromium<ChromiumOutput>({ entry, input, context: 'worker' });
  expect(output).toEqual({ checked: expected, suites: Object.values(suiteIds) });
});
