/**
 * Buffers that writers work in and give back zeroed: allocating one for each message costs more than filling it.
 * A writer that never finishes keeps its own.
 */
const idleBuffers: Uint8Array[] = [];
const pooledBytes = 4096;
const noBytes = new Uint8Array(0);
const maxIdleBuffers = 4;
/** Arrays up to this size are cheaper to allocate than to copy from. */
const smallBytes = 64;

function workingBuffer(sizeHint: number): Uint8Array {
  if (sizeHint <= smallBytes || sizeHint > pooledBytes) return new Uint8Array(sizeHint);
  return idleBuffers.pop() ?? new Uint8Array(pooledBytes);
}

/** What `nested` leaves for a length; most take it. */
const shortLengthBytes = 2;

/** Writer of the TLS presentation language as RFC 9420 §2.1 uses it: big-endian integers, §2.1.2 vectors. */
export class Writer {
  #bytes: Uint8Array;
  #size = 0;

  constructor(sizeHint = 256) {
    this.#bytes = workingBuffer(sizeHint);
  }

  #room(count: number): number {
    const start = this.#size;
    const end = start + count;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, start));
      // What was written may be secret: leave no second copy behind.
      this.#bytes.fill(0, 0, start);
      this.#bytes = grown;
    }
    this.#size = end;
    return start;
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#room(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    return this;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
    return this;
  }

  u64(value: bigint): this {
    this.u32(Number((value >> 32n) & 0xffffffffn));
    return this.u32(Number(value & 0xffffffffn));
  }

  /** Bytes as they are, without a length. */
  fixed(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** `count` zero bytes. */
  zeros(count: number): this {
    this.#room(count);
    return this;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  /** The variable-length integer of §2.1.2. */
  length(value: number): this {
    if (value < 0x40) return this.u8(value);
    if (value < 0x4000) return this.u16(0x4000 | value);
    if (value < 0x40000000) return this.u32((0x80000000 | value) >>> 0);
    throw new RangeError('vector longer than 2^30 - 1 bytes');
  }

  /** `opaque<V>`. */
  opaque(bytes: Uint8Array): this {
    return this.length(bytes.length).fixed(bytes);
  }

  /** What `write` writes, with its length before it. */
  nested(write: (writer: Writer) => void): this {
    const lengthAt = this.#room(shortLengthBytes);
    const start = this.#size;
    write(this);
    const size = this.#size - start;
    const shift = lengthSize(size) - shortLengthBytes;
    if (shift !== 0) {
      if (shift > 0) this.#room(shift);
      this.#bytes.copyWithin(start + shift, start, start + size);
      // What is left behind its place may be secret, and is not overwritten when the writer finishes.
      if (shift < 0) this.#bytes.fill(0, start + shift + size, start + size);
    }
    this.#size = lengthAt;
    this.length(size);
    this.#size = start + shift + size;
    return this;
  }

  /** `T items<V>`, each written by `write`. */
  vector<T>(items: readonly T[], write: (writer: Writer, item: T) => void): this {
    if (items.length === 0) return this.u8(0);
    return this.nested((inner) => {
      for (const item of items) write(inner, item);
    });
  }

  /** `uint16 items<V>`. */
  u16s(values: readonly number[]): this {
    this.length(2 * values.length);
    for (const value of values) this.u16(value);
    return this;
  }

  /** `optional<T>` of §2.1.1. */
  optional<T>(value: T | null, write: (writer: Writer, value: T) => void): this {
    if (value === null) return this.u8(0);
    this.u8(1);
    write(this, value);
    return this;
  }

  /** What `use` makes of what was written, without a copy of it: `use` must be done with the bytes when it returns. */
  consume<T>(use: (bytes: Uint8Array) => T): T {
    const bytes = this.#bytes;
    const size = this.#size;
    const result = use(bytes.subarray(0, size));
    this.#release();
    return result;
  }

  /** Gives the buffer back, zeroed, and starts anew. */
  #release(): void {
    const bytes = this.#bytes;
    bytes.fill(0, 0, this.#size);
    this.#size = 0;
    this.#bytes = noBytes;
    if (bytes.length === pooledBytes && idleBuffers.length < maxIdleBuffers) idleBuffers.push(bytes);
  }

  /** What was written. The writer keeps nothing of it and starts anew. */
  finish(): Uint8Array {
    const bytes = this.#bytes;
    const size = this.#size;
    if (size === bytes.length && size !== pooledBytes) {
      this.#size = 0;
      this.#bytes = noBytes;
      return bytes;
    }
    const out = bytes.slice(0, size);
    this.#release();
    return out;
  }
}

/** Bytes that the length of an `opaque<V>` of this size takes. */
export function lengthSize(size: number): number {
  return size < 0x40 ? 1 : size < 0x4000 ? 2 : 4;
}

/** Encodes one value with its `write` function. */
export function encodeWith<T>(
  value: T,
  write: (writer: Writer, value: T) => void,
  sizeHint = 256,
): Uint8Array {
  const writer = new Writer(sizeHint);
  write(writer, value);
  return writer.finish();
}
