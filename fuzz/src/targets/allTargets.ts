import { Random } from '../random.ts';
import { createSamples } from '../samples.ts';
import type { Target } from '../target.ts';
import { controlTargets } from './controlTargets.ts';
import { clientDecoderTargets, cryptoDecoderTargets, mlsDecoderTargets } from './decoderTargets.ts';
import { frameTargets } from './frameTargets.ts';
import { httpTargets } from './httpTargets.ts';
import { mediaTargets } from './mediaTargets.ts';
import { receivingTargets } from './receivingTargets.ts';
import { relayTargets } from './relayTargets.ts';
import { roomTargets } from './roomTargets.ts';
import { sequenceTarget } from './sequenceTarget.ts';
import { serverTargets } from './serverTargets.ts';

/** Every target, and the samples that may be spliced into any input. */
export async function allTargets(
  seed: number,
): Promise<{ readonly targets: readonly Target[]; readonly pool: readonly Uint8Array[] }> {
  const samples = await createSamples();
  const random = new Random(seed);
  const { pool } = samples;
  const targets = [
    ...mlsDecoderTargets(pool),
    ...cryptoDecoderTargets(pool),
    ...clientDecoderTargets(pool, random),
    ...(await receivingTargets(samples)),
    await sequenceTarget(random),
    ...(await serverTargets(pool, random)),
    ...httpTargets(),
    ...frameTargets(random),
    ...(await relayTargets()),
    ...mediaTargets(),
    ...roomTargets(),
    ...controlTargets(),
  ];
  return { targets, pool };
}
