import { runInChromium } from '@sotto/testkit/chromiumRun';
import { loadVectors } from '@sotto/testkit/vectors';
import { expect, it } from 'vitest';
import type { ChromiumOutput } from './testing/chromiumEntry.ts';
import { type SframeVectors, vectorCases, vectorsPath } from './testing/vectorFile.ts';

const entry = new URL('./testing/chromiumEntry.ts', import.meta.url);

it('passes the vectors in a Chromium worker, and opens what it seals with every suite', async () => {
  const vectors = loadVectors<SframeVectors>(vectorsPath, vectorCases);
  const output = await runInChromium<ChromiumOutput>({ entry, input: vectors, context: 'worker' });
  expect(output).toEqual({
    headers: vectors?.header.length ?? 0,
    opened: vectors?.sframe.length ?? 0,
    roundTrips: 5,
  });
});
