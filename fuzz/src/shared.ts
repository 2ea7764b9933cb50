/** The input in hand, in memory that both threads see. */
export interface Shared {
  /** [number of inputs so far, size of the present one] */
  readonly counters: Int32Array;
  readonly input: Uint8Array;
}

const maxInputBytes = 512 * 1024;

export function createShared(): Shared {
  return {
    counters: new Int32Array(new SharedArrayBuffer(8)),
    input: new Uint8Array(new SharedArrayBuffer(maxInputBytes)),
  };
}

export function shareInput({ counters, input }: Shared, bytes: Uint8Array): void {
  const size = Math.min(bytes.length, input.length);
  input.set(bytes.subarray(0, size));
  Atomics.store(counters, 1, size);
  Atomics.add(counters, 0, 1);
}

export function sharedCount({ counters }: Shared): number {
  return Atomics.load(counters, 0);
}

export function sharedInput({ counters, input }: Shared): Uint8Array {
  return input.slice(0, Atomics.load(counters, 1));
}
