import { afterAll, describe, expect, it } from 'vitest';
import { createTestPattern } from './testPattern.ts';
import { createTone, createToneEar } from './tone.ts';
import { readVp8PictureSize } from './vp8Payload.ts';

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

describe('the tone', () => {
  it.each([220, 440, 1000])('is heard as it was made: %i Hz', async (hz) => {
    const [tone, ear] = [await createTone(hz), await createToneEar()];
    closing.push(tone.close, ear.close);
    for (let frame = 0; frame < 50; frame++) expect(ear.hear(tone.next())).toBe(true);
    expect(ear.hz).toBeGreaterThan(hz * 0.98);
    expect(ear.hz).toBeLessThan(hz * 1.02);
  });

  it('is not heard in silence, nor in two tones at once, nor in what is no sound', async () => {
    const { createEncoder } = await import('libopus-wasm');
    const [encoder, ear] = [await createEncoder({ channels: 1 }), await createToneEar()];
    closing.push(() => encoder.free(), ear.close);
    for (let frame = 0; frame < 50; frame++) ear.hear(encoder.encodeFloat(new Float32Array(960)));
    expect(ear.hz).toBeNull();
    const two = new Float32Array(960).map(
      (_, at) => (Math.sin((at * 2 * Math.PI) / 96) + Math.sin((at * 2 * Math.PI) / 30)) / 4,
    );
    for (let frame = 0; frame < 50; frame++) ear.hear(encoder.encodeFloat(two));
    expect(ear.hz).toBeNull();
    expect(ear.hear(new Uint8Array())).toBe(false);
    expect(ear.hear(Uint8Array.of(0xff, 0xff, 0xff))).toBe(false);
  });
});

describe('the test pattern', () => {
  it('has one key frame at its beginning, and goes back to it when asked', () => {
    const pattern = createTestPattern();
    const size = { width: 320, height: 180 };
    expect(readVp8PictureSize(pattern.next())).toEqual(size);
    for (let frame = 1; frame < 30; frame++) expect(readVp8PictureSize(pattern.next())).toBeNull();
    expect(readVp8PictureSize(pattern.next())).toEqual(size);
    pattern.next();
    pattern.restart();
    expect(readVp8PictureSize(pattern.next())).toEqual(size);
  });
});
