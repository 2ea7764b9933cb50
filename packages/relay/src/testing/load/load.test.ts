import { afterEach, describe, expect, it } from 'vitest';
import { startFanOut } from './startFanOut.ts';
import { startLoad } from './startLoad.ts';
import { noExtensions, type StreamSpec } from './syntheticStream.ts';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const picture: StreamSpec = {
  kind: 'picture',
  ssrc: 7,
  payloadType: 96,
  repair: null,
  framesPerSecond: 50,
  frameSizeBytes: 500,
  extensions: noExtensions,
};
const options = { repairPayloadType: 0, picturePayloadType: 96, bitsPerSecond: 1e6, losesOneOf: 0 };

async function open(key: string | null) {
  const relay = await startFanOut(key);
  ending.push(() => relay.stop());
  const load = startLoad();
  ending.push(() => load.stop());
  await load.open({ count: 2, ...options });
  for (const at of [0, 1]) {
    await load.connectBare({ at, host: relay.host, port: relay.port, key });
    await load.publish({ at, streams: [{ ...picture, ssrc: at + 1 }] });
  }
  await load.start({ at: [0, 1] });
  return load;
}

describe('a load of synthetic participants', () => {
  it.each([
    ['as it is', null],
    ['sealed', '0123456789abcdef'.repeat(4).slice(0, 56)],
  ])('comes back from the least of relays, %s', async (_, key) => {
    const load = await open(key);
    // Packets of both, and one of sixteen is opened for its time.
    await expect
      .poll(() => load.measure({ durationMs: 500 }), { timeout: 45_000 })
      .toSatisfy(({ receivedPackets, delayP50Ms }) => receivedPackets > 0 && delayP50Ms > 0);
  });

  it('says what went wrong, and that its process is gone', async () => {
    const load = startLoad();
    ending.push(() => load.stop());
    await expect(load.publish({ at: 3, streams: [] })).rejects.toThrow('publish: Error: No such participant');
    await load.stop();
    await expect(load.measure({ durationMs: 1 })).rejects.toThrow();
  });
});
