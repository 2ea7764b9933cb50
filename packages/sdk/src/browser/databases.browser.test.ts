import { runInChromium } from '@sotto/testkit/chromiumRun';
import { describe, expect, it } from 'vitest';
import type { CaseResults, Storage } from './databasesInChromium.ts';

describe.each<{ storage: Storage }>([{ storage: 'opfs' }, { storage: 'indexedDb' }])(
  'the $storage database',
  ({ storage }) => {
    it('passes every case of the suite', async () => {
      const entry = new URL('./databasesInChromium.ts', import.meta.url);
      const results = await runInChromium<CaseResults>({ entry, input: { storage }, context: 'worker' });
      expect(Object.keys(results).length).toBeGreaterThan(9);
      expect(Object.entries(results).filter(([, problem]) => problem !== null)).toEqual([]);
    });

    it('locks and unlocks devices', async () => {
      const entry = new URL('./deviceFilesInChromium.ts', import.meta.url);
      const results = await runInChromium<CaseResults>({ entry, input: { storage }, context: 'worker' });
      expect(Object.keys(results).length).toBeGreaterThan(6);
      expect(Object.entries(results).filter(([, problem]) => problem !== null)).toEqual([]);
    });
  },
);
