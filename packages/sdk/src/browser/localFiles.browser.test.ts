import { runInChromium } from '@sotto/testkit/chromiumRun';
import { expect, it } from 'vitest';
import type { CaseResults, Storage } from './databasesInChromium.ts';

it.each<Storage>(['opfs', 'indexedDb'])('local files in %s pass every case of the suite', async (storage) => {
  const entry = new URL('./localFilesInChromium.ts', import.meta.url);
  const results = await runInChromium<CaseResults>({ entry, input: { storage }, context: 'worker' });
  expect(Object.keys(results).length).toBeGreaterThan(3);
  expect(Object.entries(results).filter(([, problem]) => problem !== null)).toEqual([]);
});
