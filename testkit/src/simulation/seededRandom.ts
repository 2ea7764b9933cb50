/**
 * The one source of chance of a simulation (spec/simulator.md §Determinism). Not for keys of anything real.
 * Invariant: the sequence depends on the seed and on nothing else.
 */
export interface SeededRandom {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  bytes(sizeBytes: number): Uint8Array;
  fill(bytes: Uint8Array): void;
  /** A source of its own, so that drawing from one does not shift the other. */
  fork(label: string): SeededRandom;
}

/** The sfc32 generator (Chris Doty-Humphrey, public domain), seeded from a number and a label. */
export function createSeededRandom(seed: number, label = ''): SeededRandom {
  let a = mix(seed | 0, 0x9e3779b9);
  let b = mix(Math.floor(seed / 2 ** 32) | 0, 0x243f6a88);
  let c = mix(label.length, 0xb7e15162);
  let counter = 1;

  function nextUint32(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  }
  for (let i = 0; i < label.length; i++) {
    a = mix(a, label.charCodeAt(i));
    nextUint32();
  }
  for (let i = 0; i < 12; i++) nextUint32();

  const random: SeededRandom = {
    next: () => nextUint32() / 2 ** 32,
    integer: (min, max) => min + Math.floor(random.next() * (max - min + 1)),
    chance: (probability) => random.next() < probability,
    pick(items) {
      const item = items[random.integer(0, items.length - 1)];
      if (item === undefined) throw new RangeError('Nothing to pick from');
      return item;
    },
    bytes(sizeBytes) {
      const bytes = new Uint8Array(sizeBytes);
      random.fill(bytes);
      return bytes;
    },
    fill(bytes) {
      for (let i = 0; i < bytes.length; i += 4) {
        const word = nextUint32();
        for (let k = 0; k < 4 && i + k < bytes.length; k++) bytes[i + k] = word >>> (8 * k);
      }
    },
    fork: (name) => createSeededRandom(nextUint32(), name),
  };
  return random;
}

function mix(state: number, value: number): number {
  let h = Math.imul(state ^ value, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
