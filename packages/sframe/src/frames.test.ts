import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from './limits.ts';
import { type SuiteId, suiteIds } from './suites.ts';
import { frameOf, providers } from './testing/pairs.ts';

const suites = Object.entries(suiteIds).map(([name, suite]) => ({ name, suite }));
const baseKey = Uint8Array.from({ length: 32 }, (_, at) => at);
const suite = suiteIds.aes256GcmSha512x128;
const failure = (reason: string) => ({ kind: 'failed', reason });
const kids = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const frames = fc.uint8Array({ maxLength: 300 });

describe.each(providers)('with $name', ({ sealer: createSealer, opener: createOpener }) => {
  async function createPair(kid: bigint, id: SuiteId = suite) {
    const sealer = await createSealer({ suite: id, kid, baseKey });
    const opener = createOpener({ suite: id });
    await opener.addKey(kid, baseKey);
    return { sealer, opener };
  }

  it.each(suites)('$name opens what it sealed, once, with the same metadata', async ({ suite }) => {
    await fc.assert(
      fc.asyncProperty(kids, frames, frames, async (kid, plaintext, metadata) => {
        const { sealer, opener } = await createPair(kid, suite);
        const sealed = frameOf(await sealer.seal(plaintext, metadata));
        expect(await opener.open(sealed, new Uint8Array([...metadata, 0]))).toEqual(failure('notAuthentic'));
        expect(await opener.open(sealed, metadata)).toMatchObject({ kind: 'opened', kid, counter: 0n });
        expect(await opener.open(sealed, metadata)).toEqual(failure('replayed'));
        const second = frameOf(await sealer.seal(plaintext, metadata));
        expect(frameOf(await opener.open(second, metadata))).toEqual(plaintext);
        expect(second).not.toEqual(sealed);
      }),
      { numRuns: 30 },
    );
  });

  it.each(suites)('$name opens nothing that was changed, in any byte', async ({ suite }) => {
    const { sealer, opener } = await createPair(300n, suite);
    const sealed = frameOf(await sealer.seal(Uint8Array.of(1, 2, 3, 4, 5), Uint8Array.of(9)));
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice();
      changed[at]! ^= 0x40;
      expect((await opener.open(changed, Uint8Array.of(9))).kind).toBe('failed');
    }
    for (let size = 0; size < sealed.length; size++) {
      expect((await opener.open(sealed.subarray(0, size), Uint8Array.of(9))).kind).toBe('failed');
    }
    expect((await opener.open(sealed, Uint8Array.of(9))).kind).toBe('opened');
  });

  it('is not brought down by any bytes, and opens none of them', async () => {
    const opener = createOpener({ suite });
    for (let kid = 0n; kid < 300n; kid++) await opener.addKey(kid, baseKey);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        for (const codec of ['opus', 'vp8', 'vp9'] as const) {
          expect((await opener.openMedia(codec, bytes)).kind).toBe('failed');
        }
        expect((await opener.open(bytes)).kind).toBe('failed');
      }),
      { numRuns: 300 },
    );
  });

  it('never seals with one counter twice, also at the same time, and stops at the end of them', async () => {
    const sealer = await createSealer({ suite, kid: 1n, baseKey, framesPerKey: 20n });
    const results = await Promise.all(Array.from({ length: 25 }, () => sealer.seal(Uint8Array.of(1))));
    const sealed = results.filter(({ kind }) => kind === 'sealed').map((result) => frameOf(result).toHex());
    expect(new Set(sealed).size).toBe(20);
    expect(results.slice(20)).toEqual(Array(5).fill(failure('exhausted')));
    expect(sealer.framesLeft).toBe(0n);
    expect(await sealer.sealMedia('opus', Uint8Array.of(1))).toEqual(failure('exhausted'));
  });

  it('takes no frame that is too large, and none of another shape, and uses no counter for them', async () => {
    const { sealer, opener } = await createPair(0n);
    const left = sealer.framesLeft;
    const large = new Uint8Array(limits.maxFrameBytes + 1);
    expect(await sealer.seal(large)).toEqual(failure('tooLarge'));
    expect(await sealer.seal(large.subarray(1), Uint8Array.of(1))).toEqual(failure('tooLarge'));
    expect(await opener.open(new Uint8Array(limits.maxFrameBytes + 34))).toEqual(failure('tooLarge'));
    for (const frame of [[], [0], [0, 1, 2, 3, 4, 5, 6, 7, 8]]) {
      expect(await sealer.sealMedia('vp8', new Uint8Array(frame))).toEqual(failure('malformed'));
    }
    expect(sealer.framesLeft).toBe(left);
    const largest = frameOf(await sealer.seal(large.subarray(1)));
    expect(frameOf(await opener.open(largest)).length).toBe(limits.maxFrameBytes);
  });

  it.each([
    ['opus', [1, 2, 3, 4, 5, 6], 0],
    ['vp9', [0, 2, 3, 4, 5, 6], 0],
    ['vp8', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 1],
    ['vp8', [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 10],
    ['vp8', [0, 2, 3, 4, 5, 6, 7, 8, 9, 10], 10],
  ] as const)('leaves clear of a frame of %s what must be, authenticated', async (codec, bytes, clear) => {
    const { sealer, opener } = await createPair(5n);
    const frame = new Uint8Array(bytes);
    const sealed = frameOf(await sealer.sealMedia(codec, frame));
    expect(sealed.length).toBe(frame.length + 1 + 16);
    expect(sealed.subarray(0, clear)).toEqual(frame.subarray(0, clear));
    for (let at = 0; at < clear; at++) {
      const changed = sealed.slice();
      changed[at]! ^= 2;
      expect((await opener.openMedia(codec, changed)).kind).toBe('failed');
    }
    expect(frameOf(await opener.openMedia(codec, sealed))).toEqual(frame);
  });

  it('is what the caller made it with: its arrays may be written over at once', async () => {
    const key = baseKey.slice();
    const sealer = await createSealer({ suite, kid: 2n, baseKey: key });
    const opener = createOpener({ suite });
    await opener.addKey(2n, key);
    key.fill(0);
    const frame = Uint8Array.from({ length: 40 }, (_, at) => at * 2 + 1);
    const sealing = sealer.sealMedia('vp8', frame);
    const before = frame.slice();
    frame.fill(0);
    const sealed = frameOf(await sealing);
    const opening = opener.openMedia('vp8', sealed);
    sealed.fill(0);
    expect(frameOf(await opening)).toEqual(before);
  });

  it('opens one of two copies that come at the same time', async () => {
    const { sealer, opener } = await createPair(0n);
    const sealed = frameOf(await sealer.seal(Uint8Array.of(1)));
    const results = await Promise.all([opener.open(sealed), opener.open(sealed)]);
    expect(results.map(({ kind }) => kind).toSorted()).toEqual(['failed', 'opened']);
  });

  it('opens what comes out of order, each once, as far back as its window', async () => {
    const { sealer } = await createPair(0n);
    const opener = createOpener({ suite, replayWindow: 16 });
    await opener.addKey(0n, baseKey);
    const sealed: Uint8Array[] = [];
    for (let at = 0; at < 40; at++) sealed.push(frameOf(await sealer.seal(Uint8Array.of(at))));
    const open = async (at: number) => {
      const result = await opener.open(sealed[at]!);
      return result.kind === 'opened' ? 'opened' : result.reason;
    };
    expect(await open(20)).toBe('opened');
    expect(await open(5)).toBe('opened');
    expect(await open(4)).toBe('tooOld');
    expect(await open(5)).toBe('replayed');
    expect(await open(39)).toBe('opened');
    expect(await open(24)).toBe('opened');
    expect(await open(20)).toBe('tooOld');
    // No forged frame moves the window.
    const forged = sealed[39]!.slice();
    forged[forged.length - 1]! ^= 1;
    expect((await opener.open(forged)).kind).toBe('failed');
    expect(await open(30)).toBe('opened');
  });

  it('holds keys by KID, and each once', async () => {
    const { sealer, opener } = await createPair(7n);
    const sealed = frameOf(await sealer.seal(Uint8Array.of(1)));
    expect(await opener.addKey(7n, baseKey)).toEqual(failure('kidInUse'));
    expect(await opener.addKey(8n, baseKey.toReversed())).toEqual({ kind: 'added' });
    expect(opener.kids).toEqual([7n, 8n]);
    expect(opener.removeKey(7n)).toBe(true);
    expect(opener.removeKey(7n)).toBe(false);
    expect(await opener.open(sealed)).toEqual(failure('unknownKey'));
    await opener.addKey(7n, baseKey.toReversed());
    expect(await opener.open(sealed)).toEqual(failure('notAuthentic'));
  });

  it('holds no more keys than its limit', async () => {
    const opener = createOpener({ suite });
    for (let kid = 0; kid < limits.maxKeys; kid++) await opener.addKey(BigInt(kid), baseKey);
    expect(await opener.addKey(BigInt(limits.maxKeys), baseKey)).toEqual(failure('tooManyKeys'));
    expect(await opener.addKey(0n, baseKey)).toEqual(failure('kidInUse'));
  });

  it('takes options that are in range', async () => {
    for (const size of [0, 15, 256]) {
      const key = new Uint8Array(size);
      await expect(createSealer({ suite, kid: 0n, baseKey: key })).rejects.toThrow(RangeError);
      await expect((async () => createOpener({ suite }).addKey(0n, key))()).rejects.toThrow(RangeError);
    }
    for (const kid of [-1n, 2n ** 64n]) {
      await expect(createSealer({ suite, kid, baseKey })).rejects.toThrow(RangeError);
      await expect((async () => createOpener({ suite }).addKey(kid, baseKey))()).rejects.toThrow(RangeError);
    }
    for (const framesPerKey of [0n, 2n ** 64n + 1n]) {
      await expect(createSealer({ suite, kid: 0n, baseKey, framesPerKey })).rejects.toThrow(RangeError);
    }
    for (const replayWindow of [0, 1.5, limits.maxReplayWindow + 1]) {
      expect(() => createOpener({ suite, replayWindow })).toThrow(RangeError);
    }
  });
});

it('one provider opens what the other sealed', async () => {
  const [web, node] = providers;
  for (const { suite } of suites) {
    for (const [a, b] of [
      [web!, node!],
      [node!, web!],
    ] as const) {
      const sealer = await a.sealer({ suite, kid: 9n, baseKey });
      const opener = b.opener({ suite });
      await opener.addKey(9n, baseKey);
      const frame = Uint8Array.from({ length: 500 }, (_, at) => at);
      expect(frameOf(await opener.openMedia('vp8', frameOf(await sealer.sealMedia('vp8', frame))))).toEqual(
        frame,
      );
    }
  }
});

it('a key that goes while a frame is being opened opens nothing more', async () => {
  const { sealer: createSealer, opener: createOpener } = providers[0]!;
  const sealer = await createSealer({ suite, kid: 0n, baseKey });
  const opener = createOpener({ suite });
  await opener.addKey(0n, baseKey);
  const opening = opener.open(frameOf(await sealer.seal(Uint8Array.of(1))));
  opener.removeKey(0n);
  expect(await opening).toEqual(failure('unknownKey'));
});
