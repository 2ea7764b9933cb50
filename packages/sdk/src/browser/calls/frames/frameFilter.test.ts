import { createFrameSealer } from '@sotto/sframe';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FrameKey } from '../../../calls/frameKey.ts';
import { type EncodedFrame, FrameFilter } from './frameFilter.ts';
import { FrameKeyring } from './frameKeyring.ts';
import type { FrameTransformOptions } from './frameMessages.ts';
import { frameSuite, oldKeyLifetimeMs } from './keyRules.ts';

const seals: FrameTransformOptions = { id: 1, direction: 'seals', kind: 'video', codec: 'vp8' };
const opens: FrameTransformOptions = { ...seals, id: 2, direction: 'opens' };
const keyOf = (value: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(value);

/** Time that goes on when a test says so. */
function createTimes() {
  const tasks: { delayMs: number; task: () => void }[] = [];
  return {
    later: (delayMs: number, task: () => void) => void tasks.push({ delayMs, task }),
    pass: (delayMs: number) => {
      for (const entry of tasks.splice(0)) if (entry.delayMs <= delayMs) entry.task();
    },
  };
}

function picture(type: 'key' | 'delta' = 'delta', mimeType?: string): EncodedFrame & { bytes: number[] } {
  const bytes = Array.from({ length: 200 }, (_, at) => (at === 0 ? Number(type === 'delta') : at));
  return {
    bytes,
    type,
    data: new Uint8Array(bytes).buffer,
    getMetadata: () => (mimeType === undefined ? {} : { mimeType }),
  };
}
const bytesOf = (frame: EncodedFrame): number[] => [...new Uint8Array(frame.data)];

async function createPair() {
  const times = createTimes();
  const sending = new FrameKeyring(times.later);
  const receiving = new FrameKeyring(times.later);
  const asked: string[] = [];
  const sealing = new FrameFilter(seals, sending, () => asked.push('encoder'));
  const opening = new FrameFilter(opens, receiving, () => asked.push('sender'));
  return { times, sending, receiving, sealing, opening, asked };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('frames in the worker', () => {
  it('are dropped without a key, and neither passed nor changed', async () => {
    const { sealing, opening } = await createPair();
    for (const filter of [sealing, opening]) {
      const frame = picture('key');
      expect(await filter.take(frame)).toBe(false);
      expect(bytesOf(frame)).toEqual(frame.bytes);
    }
    expect(sealing.counts).toMatchObject({ passed: 0, dropped: 1, reasons: { noKey: 1 } });
    expect(opening.counts.dropped).toBe(1);
  });

  it('are sealed and opened with keys of both', async () => {
    const { sending, receiving, sealing, opening } = await createPair();
    await sending.take({ kind: 'sender', use: 'seals', kid: 0n, baseKey: keyOf(1) });
    await receiving.take({ kind: 'sender', use: 'opens', kid: 0n, baseKey: keyOf(1) });
    for (const type of ['key', 'delta'] as const) {
      const frame = picture(type);
      const clear = type === 'key' ? 10 : 1;
      expect(await sealing.take(frame)).toBe(true);
      expect(bytesOf(frame).slice(0, clear)).toEqual(frame.bytes.slice(0, clear));
      expect(bytesOf(frame).slice(clear).join()).not.toContain(frame.bytes.slice(clear, clear + 20).join());
      expect(await opening.take(frame)).toBe(true);
      expect(bytesOf(frame)).toEqual(frame.bytes);
    }
    expect(opening.counts).toMatchObject({ passed: 2, dropped: 0, reasons: {} });
  });

  it('are dropped where they come a second time, or with another key', async () => {
    const { sending, receiving, sealing, opening } = await createPair();
    await sending.take({ kind: 'sender', use: 'seals', kid: 0n, baseKey: keyOf(1) });
    await receiving.take({ kind: 'sender', use: 'opens', kid: 0n, baseKey: keyOf(1) });
    const frame = picture();
    await sealing.take(frame);
    const replay = { ...frame, data: frame.data.slice(0) };
    expect(await opening.take(frame)).toBe(true);
    expect(await opening.take(replay)).toBe(false);

    const foreign = await createFrameSealer({ suite: frameSuite, kid: 0n, baseKey: keyOf(9) });
    await foreign.seal(new Uint8Array(1));
    const sealed = await foreign.sealMedia('vp8', new Uint8Array(picture().bytes));
    if (sealed.kind !== 'sealed') throw new Error('not sealed');
    expect(await opening.take({ ...picture(), data: sealed.frame.buffer })).toBe(false);
    expect(opening.counts.reasons).toEqual({ replayed: 1, notAuthentic: 1 });
  });

  it('have the shape of the codec that the browser names; of an unknown one they are dropped', async () => {
    const { sending, sealing } = await createPair();
    await sending.take({ kind: 'sender', use: 'seals', kid: 0n, baseKey: keyOf(1) });
    const vp9 = picture('key', 'video/VP9');
    expect(await sealing.take(vp9)).toBe(true);
    // KID and counter are 0: the header is the first byte.
    expect(bytesOf(vp9)[0]).toBe(0);
    expect(vp9.data.byteLength).toBe(200 + 17);
    expect(await sealing.take(picture('key', 'video/H264'))).toBe(false);
    expect(sealing.counts.reasons).toEqual({ unknownCodec: 1 });
  });

  describe('on a line that may have several codecs', () => {
    // Of what VP8 calls a key frame.
    const vp8Clear = 10;
    const clearOf = (sealed: number[], { bytes }: { readonly bytes: number[] }): number =>
      sealed.length - bytes.length - 17 === 0 ? sealed.findIndex((byte, at) => byte !== bytes[at]) : -1;

    async function createSealing(): Promise<FrameFilter> {
      const { sending } = await createPair();
      // KID and counter take one byte, below 8.
      await sending.take({ kind: 'sender', use: 'seals', kid: 0n, baseKey: keyOf(1) });
      return new FrameFilter({ ...seals, codec: null }, sending, () => {});
    }
    const described = (metadata: { mimeType?: string; payloadType?: number }) => {
      const bytes = Array.from({ length: 200 }, (_, at) => 254 - (at % 100));
      return { bytes, data: new Uint8Array(bytes).buffer, getMetadata: () => metadata };
    };
    /** How much of it is clear; null: it was dropped, and is as it was. */
    async function takes(
      filter: FrameFilter,
      metadata: Parameters<typeof described>[0],
    ): Promise<number | null> {
      const frame = described(metadata);
      if (await filter.take(frame)) return clearOf(bytesOf(frame), frame);
      expect(bytesOf(frame)).toEqual(frame.bytes);
      return null;
    }

    it('have the shape of the codec that the browser names, else of their payload type', async () => {
      const filter = await createSealing();
      expect(await takes(filter, { payloadType: 98 })).toBeNull();
      expect(await takes(filter, { mimeType: 'video/VP9', payloadType: 98 })).toBe(0);
      filter.tellCodecs(
        new Map([
          [98, 'vp9'],
          [96, 'vp8'],
        ]),
      );
      expect(await takes(filter, { payloadType: 98 })).toBe(0);
      expect(await takes(filter, { payloadType: 96 })).toBe(vp8Clear);
      expect(await takes(filter, { payloadType: 97 })).toBeNull();
      // What the browser names goes.
      expect(await takes(filter, { mimeType: 'video/VP8', payloadType: 98 })).toBe(vp8Clear);
      for (const mimeType of ['video/AV1', ''])
        expect(await takes(filter, { mimeType, payloadType: 98 })).toBeNull();
      expect(filter.counts.reasons).toEqual({ unknownCodec: 4 });
    });

    it('go by what was told last, and one that is agreed on no more is dropped', async () => {
      const filter = await createSealing();
      filter.tellCodecs(new Map([[98, 'vp9']]));
      filter.tellCodecs(new Map([[120, 'vp8']]));
      expect(await takes(filter, { payloadType: 120 })).toBe(vp8Clear);
      expect(await takes(filter, { payloadType: 98 })).toBeNull();
    });

    it('of which nothing is named pass while one codec alone was ever agreed on', async () => {
      const filter = await createSealing();
      expect(await takes(filter, {})).toBeNull();
      filter.tellCodecs(new Map([[96, 'vp8']]));
      filter.tellCodecs(new Map([[120, 'vp8']]));
      expect(await takes(filter, {})).toBe(vp8Clear);
      filter.tellCodecs(new Map([[98, 'vp9']]));
      expect(await takes(filter, {})).toBeNull();
      filter.tellCodecs(new Map([[96, 'vp8']]));
      expect(await takes(filter, {})).toBeNull();
    });
  });

  it('with nothing in them do not pass, and leave no gap', async () => {
    const { sending, sealing, asked } = await createPair();
    await sending.take({ kind: 'sender', use: 'seals', kid: 0n, baseKey: keyOf(1) });
    expect(await sealing.take({ ...picture(), data: new ArrayBuffer(0) })).toBe(false);
    expect(await sealing.take(picture())).toBe(true);
    expect(sealing.counts.reasons).toEqual({ empty: 1 });
    expect(asked).toEqual([]);
  });

  it('are asked for anew after a gap: a key frame, not too often', async () => {
    const { sending, receiving, sealing, opening, asked } = await createPair();
    vi.spyOn(performance, 'now').mockReturnValue(1_000);
    await sealing.take(picture());
    await sending.take({ kind: 'sender', use: 'seals', kid: 0n, baseKey: keyOf(1) });
    const early = picture();
    await sealing.take(early);
    expect(asked).toEqual(['encoder']);
    await opening.take(early);
    await receiving.take({ kind: 'sender', use: 'opens', kid: 0n, baseKey: keyOf(1) });
    for (const type of ['delta', 'delta', 'key', 'delta'] as const) {
      const frame = picture(type);
      await sealing.take(frame);
      await opening.take(frame);
    }
    expect(asked).toEqual(['encoder', 'sender']);
  });
});

describe('frames of a group call', () => {
  const base = (): FrameKey => ({ kind: 'base', generation: 0, step: 0, delayMs: 0, base: keyOf(1) });
  const participant = (ordinal: number, isSelf: boolean): FrameKey => ({
    kind: 'participant',
    isSelf,
    ordinal,
    sender: new Uint8Array(40).fill(ordinal),
  });

  it('say whose was opened last, and are dropped where another was expected', async () => {
    const { sending, receiving, sealing, opening, asked } = await createPair();
    for (const key of [base(), participant(5, true)]) await sending.take(key);
    for (const key of [base(), participant(5, false), participant(6, true)]) await receiving.take(key);
    await vi.waitFor(() => expect(sending.sealer).not.toBeNull(), { timeout: 30_000 });
    expect(opening.counts.ordinal).toBeNull();
    for (const [expected, goesOn] of [
      [null, true],
      [7, false],
      [5, true],
    ] as const) {
      opening.expect(expected);
      const frame = picture();
      await sealing.take(frame);
      expect(await opening.take(frame)).toBe(goesOn);
    }
    expect(opening.counts).toMatchObject({ ordinal: 5, passed: 2, reasons: { otherSender: 1 } });
    // What was dropped may be what the next picture builds on.
    expect(asked).toEqual(['sender']);
    expect(sealing.counts.ordinal).toBeNull();
  });
});

describe('the keys of a worker', () => {
  it('change without a gap: the old one opens for ten seconds more', async () => {
    const { times, sending, receiving, sealing, opening } = await createPair();
    await sending.take({ kind: 'sender', use: 'seals', kid: 0n, baseKey: keyOf(1) });
    await receiving.take({ kind: 'sender', use: 'opens', kid: 0n, baseKey: keyOf(1) });
    const [onItsWay, tooLate] = [picture(), picture()];
    await sealing.take(onItsWay);
    await sealing.take(tooLate);
    await receiving.take({ kind: 'sender', use: 'opens', kid: 2n, baseKey: keyOf(2) });
    await sending.take({ kind: 'sender', use: 'seals', kid: 2n, baseKey: keyOf(2) });
    const fresh = picture();
    await sealing.take(fresh);
    expect(await opening.take(fresh)).toBe(true);
    expect(await opening.take(onItsWay)).toBe(true);
    times.pass(oldKeyLifetimeMs);
    expect(await opening.take(tooLate)).toBe(false);
    expect(opening.counts.reasons).toEqual({ unknownKey: 1 });
    expect(receiving.kids).toEqual([2n]);
  });

  it('never begin to count again', async () => {
    const { sending, sealing } = await createPair();
    const take = (kid: bigint, value: number) =>
      sending.take({ kind: 'sender', use: 'seals', kid, baseKey: keyOf(value) });
    expect(await take(2n, 1)).toBe('taken');
    const frame = picture();
    await sealing.take(frame);
    const { framesLeft } = sending.sealer!;
    expect(await take(2n, 1)).toBe('taken');
    expect(sending.sealer!.framesLeft).toBe(framesLeft);
    expect(await take(2n, 5)).toBe('oldKey');
    expect(await take(0n, 1)).toBe('oldKey');
    expect(await take(4n, 2)).toBe('taken');
    expect(await take(2n, 1)).toBe('oldKey');
    expect(sending.sealer!.kid).toBe(4n);
  });

  it('that opened do not come back', async () => {
    const { times, receiving } = await createPair();
    const take = (kid: bigint, value: number) =>
      receiving.take({ kind: 'sender', use: 'opens', kid, baseKey: keyOf(value) });
    expect(await Promise.all([take(1n, 1), take(3n, 2), take(1n, 1)])).toEqual(['taken', 'taken', 'oldKey']);
    times.pass(oldKeyLifetimeMs);
    expect(await take(1n, 1)).toBe('oldKey');
    expect(receiving.kids).toEqual([3n]);
  });

  it('are wiped where they were handed over', async () => {
    const { receiving } = await createPair();
    const baseKey = keyOf(1);
    await receiving.take({ kind: 'sender', use: 'opens', kid: 1n, baseKey });
    expect(baseKey).toEqual(new Uint8Array(32));
  });
});
