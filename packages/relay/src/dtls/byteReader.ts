/** Reads numbers and vectors of TLS (RFC 5246 §4); what is not there reads as nothing, and is remembered as a fault. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;
  #isFaulty = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Whether all that was asked for was there, and nothing is left. */
  get isWhole(): boolean {
    return !this.#isFaulty && this.#at === this.#bytes.length;
  }

  get hasMore(): boolean {
    return !this.#isFaulty && this.#at < this.#bytes.length;
  }

  /** Of 1 to 4 bytes. */
  number(sizeBytes: 1 | 2 | 3 | 4): number {
    const bytes = this.take(sizeBytes);
    return bytes.length === 0 ? 0 : bytes.readUIntBE(0, sizeBytes);
  }

  /** Empty where there are not as many. */
  take(sizeBytes: number): Buffer {
    if (this.#isFaulty || this.#bytes.length - this.#at < sizeBytes) {
      this.#isFaulty = true;
      return Buffer.alloc(0);
    }
    this.#at += sizeBytes;
    return this.#bytes.subarray(this.#at - sizeBytes, this.#at);
  }

  /** Preceded by its size. */
  vector(prefixSizeBytes: 1 | 2 | 3): Buffer {
    return this.take(this.number(prefixSizeBytes));
  }
}

/** The reverse of `vector`. */
export function vectorOf(prefixSizeBytes: 1 | 2 | 3, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const prefix = Buffer.alloc(prefixSizeBytes);
  prefix.writeUIntBE(content.length, 0, prefixSizeBytes);
  return Buffer.concat([prefix, content]);
}

export function uint16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, i * 2);
  return bytes;
}
