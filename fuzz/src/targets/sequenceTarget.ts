/** Whole sequences of messages of a live group: an input is what its members do and what a malicious one sends. */
import { suiteIds } from '@sotto/crypto';
import { provider } from '@sotto/crypto/testing';
import { Sequence, sequenceStart } from '@sotto/mls/testing';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const sampleCount = 20;
const sampleSizeBytes = 300;

export async function sequenceTarget(random: Random): Promise<Target> {
  const start = await sequenceStart(provider.suite(suiteIds.x25519ChaCha20));
  return {
    name: 'mls.sequence',
    samples: Array.from({ length: sampleCount }, () => random.bytes(sampleSizeBytes)),
    run: (script) => new Sequence(start, script).run(),
  };
}
