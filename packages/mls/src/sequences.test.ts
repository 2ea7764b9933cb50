import fc from 'fast-check';
import { describe, it } from 'vitest';
import { hostileSuite } from './testing/hostileGroup.ts';
import { Sequence, sequenceStart } from './testing/sequence.ts';

/** Scripts to try; more with SOTTO_MLS_SEQUENCES. */
const numRuns = Number(process.env.SOTTO_MLS_SEQUENCES ?? 60);

describe('sequences of a live group with a malicious member', () => {
  it('never throw, split honest members or stop them', { timeout: 3_600_000 }, async () => {
    const start = await sequenceStart(hostileSuite);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 40, maxLength: 400 }), async (script) => {
        await new Sequence(start, script).run();
      }),
      { numRuns },
    );
  });
});
