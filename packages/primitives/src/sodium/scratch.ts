import type { SodiumModule } from './sodiumModule.ts';

/** Enough for every message and key of ordinary size; what is larger is allocated for the time it is needed. */
const ordinarySizeBytes = 131_072;

/**
 * One area of the module's memory that every call works in, instead of an allocation and a free per argument.
 *
 * Invariant: between calls the area holds zeros. A call takes the area with `begin`, computes without
 * yielding, and gives it back with `end`, which overwrites all that `begin` asked for.
 */
export class Scratch {
  readonly #module: SodiumModule;
  #base = 0;
  #capacityBytes = 0;
  #usedBytes = 0;

  constructor(module: SodiumModule) {
    this.#module = module;
    this.#reserve(ordinarySizeBytes);
  }

  /** The address of an area of `sizeBytes`, aligned to 16. */
  begin(sizeBytes: number): number {
    if (sizeBytes > this.#capacityBytes) this.#reserve(sizeBytes);
    this.#usedBytes = sizeBytes;
    return this.#base;
  }

  put(address: number, bytes: Uint8Array): void {
    this.#module.HEAPU8.set(bytes, address);
  }

  putByte(address: number, byte: number): void {
    this.#module.HEAPU8[address] = byte;
  }

  /** Copies within the module's memory. */
  move(to: number, from: number, sizeBytes: number): void {
    this.#module.HEAPU8.copyWithin(to, from, from + sizeBytes);
  }

  /** A copy of `sizeBytes` at `address`. */
  take(address: number, sizeBytes: number): Uint8Array {
    return this.#module.HEAPU8.slice(address, address + sizeBytes);
  }

  end(): void {
    this.#module.HEAPU8.fill(0, this.#base, this.#base + this.#usedBytes);
    if (this.#capacityBytes > ordinarySizeBytes) this.#reserve(ordinarySizeBytes);
  }

  #reserve(sizeBytes: number): void {
    if (this.#base !== 0) this.#module._free(this.#base);
    this.#base = this.#module._malloc(sizeBytes);
    if (this.#base === 0) {
      this.#capacityBytes = 0;
      throw new RangeError('Not enough WASM memory');
    }
    this.#capacityBytes = sizeBytes;
    this.#module.HEAPU8.fill(0, this.#base, this.#base + sizeBytes);
  }
}

/** The next multiple of 16: areas are laid out on such boundaries. */
export function aligned(sizeBytes: number): number {
  return (sizeBytes + 15) & ~15;
}
