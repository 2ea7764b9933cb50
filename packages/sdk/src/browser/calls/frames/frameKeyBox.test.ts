import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FrameKeyBox } from './frameKeyBox.ts';

const callId = new Uint8Array(16).fill(7);
const label = new TextEncoder().encode('Sotto 1 call frame key');
const plaintext = Uint8Array.from({ length: 41 }, (_, at) => at);
const none = new Uint8Array(0);

/** As the engine does. */
async function seal(frameKey: Uint8Array, id: Uint8Array, bytes: Uint8Array): Promise<Uint8Array> {
  const { hpke } = (await loadNodeProvider()).suite(suiteIds.x25519Aes128);
  const { enc, ciphertext } = await hpke.seal(frameKey, new Uint8Array([...label, ...id]), none, bytes);
  return new Uint8Array([...enc, ...ciphertext]);
}

let box: FrameKeyBox;
beforeAll(async () => {
  box = (await FrameKeyBox.create())!;
});

describe('the box of a frame worker', () => {
  it('opens what HPKE of the engine seals to it', async () => {
    const sealed = await seal(box.publicKey, callId, plaintext);
    expect(sealed.length).toBe(89);
    expect(await box.open(callId, sealed)).toEqual(plaintext);
  });

  it('opens nothing of another call, another box, or of other bytes', async () => {
    const sealed = await seal(box.publicKey, callId, plaintext);
    expect(await box.open(new Uint8Array(16), sealed)).toBeNull();
    const other = (await FrameKeyBox.create())!;
    expect(await other.open(callId, sealed)).toBeNull();
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice();
      changed[at]! ^= 1;
      expect(await box.open(callId, changed)).toBeNull();
    }
  });

  it('refuses a public key of low order, and any other bytes', async () => {
    expect(await box.open(callId, new Uint8Array(89))).toBeNull();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 1200 }), async (bytes) => {
        expect(await box.open(callId, bytes)).toBeNull();
      }),
      { numRuns: 50 },
    );
  });
});
