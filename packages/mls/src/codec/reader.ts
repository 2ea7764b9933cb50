import { DecodeError } from '../refusal.ts';

/**
 * Reader of the TLS presentation language as RFC 9420 §2.1 uses it. Lengths must be in their shortest form
 * (§2.1.2), and everything read is a copy: no decoded value aliases the caller's buffer.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = bytes.length;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw new DecodeError('MLS-2.1-01');
    this.#at = at + count;
    return at;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  get offset(): number {
    return this.#at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  u16(): number {
    const at = this.#take(2);
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!;
  }

  u32(): number {
    const at = this.#take(4);
    const bytes = this.#bytes;
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }

  u64(): bigint {
    const high = this.u32();
    return (BigInt(high) << 32n) | BigInt(this.u32());
  }

  fixed(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.slice(at, at + count);
  }

  /** The bytes read since `from` (an earlier `offset`), copied. */
  since(from: number): Uint8Array {
    return this.#bytes.slice(from, this.#at);
  }

  length(): number {
    const first = this.u8();
    switch (first >> 6) {
      case 0:
        return first;
      case 1: {
        const value = ((first & 0x3f) << 8) | this.u8();
        if (value < 0x40) throw new DecodeError('MLS-2.1.2-01');
        return value;
      }
      case 2: {
        const at = this.#take(3);
        const bytes = this.#bytes;
        const value = ((first & 0x3f) << 24) | (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
        if (value < 0x4000) throw new DecodeError('MLS-2.1.2-01');
        return value;
      }
      default:
        throw new DecodeError('MLS-2.1.2-02');
    }
  }

  opaque(maxBytes = Number.MAX_SAFE_INTEGER): Uint8Array {
    const length = this.length();
    if (length > maxBytes) throw new DecodeError('MLS-P-01');
    return this.fixed(length);
  }

  vector<T>(read: (reader: Reader) => T, maxItems = Number.MAX_SAFE_INTEGER): T[] {
    const length = this.length();
    const start = this.#take(length);
    const outerEnd = this.#end;
    this.#at = start;
    this.#end = start + length;
    const items: T[] = [];
    while (this.#at < this.#end) {
      if (items.length >= maxItems) throw new DecodeError('MLS-P-02');
      const before = this.#at;
      items.push(read(this));
      if (this.#at === before) throw new Error('an item was read from no bytes');
    }
    this.#end = outerEnd;
    return items;
  }

  /** `uint16 items<V>`. */
  u16s(): number[] {
    const length = this.length();
    const at = this.#take(length);
    if (length % 2 !== 0) throw new DecodeError('MLS-2.1-01');
    const bytes = this.#bytes;
    // As long as it will be: one that grows keeps room for more.
    const values = new Array<number>(length / 2);
    for (let i = 0; i < values.length; i++) values[i] = (bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!;
    return values;
  }

  optional<T>(read: (reader: Reader) => T): T | null {
    const presence = this.u8();
    if (presence === 0) return null;
    if (presence !== 1) throw new DecodeError('MLS-2.1.1-01');
    return read(this);
  }

  /** Fails unless everything was read. */
  end(): void {
    if (this.#at !== this.#end) throw new DecodeError('MLS-2.1-02');
  }
}

/** Decodes exactly one value: all of `bytes`, or DecodeError. */
export function decodeWith<T>(bytes: Uint8Array, read: (reader: Reader) => T): T {
  const reader = new Reader(bytes);
  const value = read(reader);
  reader.end();
  return value;
}
