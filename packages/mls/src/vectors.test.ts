import { loadNodeProvider } from '@sotto/primitives/node';
import { loadVectors } from '@sotto/testkit/vectors';
import { describe, expect, it } from 'vitest';
import { vectorFiles } from './testing/vectorFiles.ts';

const provider = await loadNodeProvider();

describe('test vectors of RFC 9420', () => {
  for (const { name, caseCount, applicable, run } of vectorFiles) {
    const vectors = loadVectors<unknown[]>(`mls/${name}.json`, caseCount);
    it.skipIf(vectors === null)(`${name}: ${applicable} of ${caseCount} cases`, async () => {
      expect(vectors).toHaveLength(caseCount);
      expect(await run(provider, vectors)).toBe(applicable);
    });
  }
});
