import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransportFeedback } from './transportFeedback.ts';

/** What a message says: by number, when each came (ms), null where none did. */
function read(bytes: Buffer): Map<number, number | null> {
  expect(bytes.length % 4).toBe(0);
  expect(bytes.readUInt16BE(2)).toBe(bytes.length / 4 - 1);
  const base = bytes.readUInt16BE(12);
  const count = bytes.readUInt16BE(14);
  let timeMs = bytes.readIntBE(16, 3) * 64;
  const symbols: number[] = [];
  let at = 20;
  for (; symbols.length < count; at += 2) {
    const chunk = bytes.readUInt16BE(at);
    expect(chunk >> 14).toBe(3);
    for (let i = 0; i < 7; i++) symbols.push((chunk >> (12 - 2 * i)) & 3);
  }
  const said = new Map<number, number | null>();
  for (let i = 0; i < count; i++) {
    if (symbols[i] === 0) {
      said.set((base + i) & 0xffff, null);
      continue;
    }
    timeMs += (symbols[i] === 1 ? bytes[at]! : bytes.readInt16BE(at)) * 0.25;
    at += symbols[i]!;
    said.set((base + i) & 0xffff, timeMs);
  }
  const padding = (bytes[0]! & 0x20) === 0 ? 0 : bytes.at(-1)!;
  expect(at + padding).toBe(bytes.length);
  return said;
}

describe('feedback of what came', () => {
  it('tells when each came, and what did not', () => {
    const arrivals = fc.array(
      fc.record({ step: fc.integer({ min: 1, max: 4 }), afterMs: fc.integer({ min: 0, max: 300 }) }),
      { minLength: 1, maxLength: 100 },
    );
    fc.assert(
      fc.property(fc.nat(0xffff), arrivals, (first, steps) => {
        const feedback = new TransportFeedback();
        const came = new Map<number, number>();
        let sequence = first;
        let nowMs = 123_456;
        for (const { step, afterMs } of steps) {
          sequence = (sequence + step) & 0xffff;
          nowMs += afterMs;
          feedback.add(sequence, nowMs);
          came.set(sequence, nowMs);
        }
        const said = read(feedback.take(1, 2)!);
        for (const [number, atMs] of said) {
          if (atMs === null) expect(came.has(number)).toBe(false);
          else expect(Math.abs(atMs - came.get(number)!)).toBeLessThanOrEqual(0.25);
        }
        expect([...came.keys()].every((number) => said.get(number) !== undefined)).toBe(true);
        expect(feedback.take(1, 2)).toBeNull();
      }),
    );
  });

  it('goes on where it ended, and tells nothing twice', () => {
    const feedback = new TransportFeedback();
    expect(feedback.take(1, 2)).toBeNull();
    feedback.add(65_535, 1000);
    feedback.add(1, 1010);
    expect([...read(feedback.take(1, 2)!).keys()]).toEqual([65_535, 0, 1]);
    // Too late: it was told as lost.
    feedback.add(0, 1020);
    expect(feedback.take(1, 2)).toBeNull();
    feedback.add(3, 1030);
    expect([...read(feedback.take(1, 2)!)]).toEqual([
      [2, null],
      [3, 1030],
    ]);
  });

  it('bears any numbers, and keeps messages short', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(0xffff), fc.nat(1_000_000)), { maxLength: 200 }), (all) => {
        const feedback = new TransportFeedback();
        for (const [sequence, nowMs] of all) {
          feedback.add(sequence, nowMs);
          if (nowMs % 5 !== 0) continue;
          const bytes = feedback.take(1, 2);
          if (bytes !== null) expect(read(bytes).size).toBeLessThanOrEqual(512);
        }
      }),
    );
  });
});
