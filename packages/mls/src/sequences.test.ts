import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Sequence, sequenceStart } from './testing/sequence.ts';

const suite = (await loadNodeProvider()).suite(suiteIds.x25519ChaCha20);

/** Scripts to try; more with SOTTO_MLS_SEQUENCES. */
const numRuns = Number(process.env.SOTTO_MLS_SEQUENCES ?? 60);

describe('sequences of a live group with a malicious member', () => {
  it('never throw, split honest members or stop them', { timeout: 3_600_000 }, async () => {
    const start = await sequenceStart(suite);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 40, maxLength: 400 }), async (script) => {
        await new Sequence(start, script).run();
      }),
      { numRuns },
    );
  });
});
