/** Runs in a worker of Chromium: the vectors by opening, and the present key by sealing and opening. */
import {
  createFrameOpener,
  createFrameSealer,
  decodeHeader,
  encodeHeader,
  type SuiteId,
  suiteIds,
} from '../index.ts';
import { fromHex, type SframeVectors } from './vectorFile.ts';

export interface ChromiumOutput {
  readonly headers: number;
  readonly opened: number;
  readonly roundTrips: number;
}

export default async function run(vectors: SframeVectors | null): Promise<ChromiumOutput> {
  let headers = 0;
  for (const { encoded } of vectors?.header ?? []) {
    const header = decodeHeader(fromHex(encoded));
    if (header === null || encodeHeader(header.kid, header.counter).toHex() !== encoded) {
      throw new Error(`header ${encoded}`);
    }
    headers++;
  }
  let opened = 0;
  for (const vector of vectors?.sframe ?? []) {
    const opener = createFrameOpener({ suite: vector.cipher_suite as SuiteId });
    await opener.addKey(BigInt(vector.kid), fromHex(vector.base_key));
    const result = await opener.open(fromHex(vector.ct), fromHex(vector.metadata));
    if (result.kind !== 'opened' || result.frame.toHex() !== vector.pt) {
      throw new Error(`suite ${vector.cipher_suite}: ${JSON.stringify(result.kind)}`);
    }
    opened++;
  }
  let roundTrips = 0;
  for (const suite of Object.values(suiteIds)) {
    const baseKey = crypto.getRandomValues(new Uint8Array(32));
    const sealer = await createFrameSealer({ suite, kid: 3n, baseKey });
    const opener = createFrameOpener({ suite });
    await opener.addKey(3n, baseKey);
    const frame = crypto.getRandomValues(new Uint8Array(5000));
    const sealed = await sealer.sealMedia('vp8', frame);
    if (sealed.kind !== 'sealed') throw new Error(sealed.reason);
    const result = await opener.openMedia('vp8', sealed.frame);
    if (result.kind !== 'opened' || result.frame.toHex() !== frame.toHex()) throw new Error(`suite ${suite}`);
    const again = await opener.openMedia('vp8', sealed.frame);
    if (again.kind !== 'failed' || again.reason !== 'replayed') throw new Error(`suite ${suite}: replayed`);
    roundTrips++;
  }
  return { headers, opened, roundTrips };
}
