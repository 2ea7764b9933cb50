/**
 * What sealing is besides the cipher: a counter that goes up by one for each frame, is never used twice, and ends
 * (RFC 9605 §4.4.1, §6.1). It is taken before the cipher runs, so that frames sealed at the same time differ.
 */
import { clearBytes, type FrameCodec } from './frameShape.ts';
import { encodeHeader } from './header.ts';
import { frameAad, frameNonce } from './labels.ts';
import { limits } from './limits.ts';
import { type Failed, failed, type SealFailure } from './results.ts';
import type { SuiteId } from './suites.ts';

export interface FrameSealerOptions {
  readonly suite: SuiteId;
  /** Key id, at most 8 bytes long. Below 8 it takes no space of its own in a frame. */
  readonly kid: bigint;
  /**
   * From the key management, 16 to 255 bytes, of as much entropy as the suite's key. One base key under one KID makes one
   * sealer in all its life: a second one would begin to count again, and give two frames one nonce.
   */
  readonly baseKey: Uint8Array;
  /** After so many frames sealing is refused; at most 2^64. The default is 2^32. */
  readonly framesPerKey?: bigint;
}

/** A frame about to be sealed: `header` and what goes before it are part of the result. */
export interface PreparedSeal {
  readonly kind: 'prepared';
  readonly clear: Uint8Array;
  readonly header: Uint8Array<ArrayBuffer>;
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly aad: Uint8Array<ArrayBuffer>;
  readonly plaintext: Uint8Array;
}

export const noBytes = new Uint8Array(0);

export class SealCounter {
  readonly kid: bigint;
  readonly #salt: Uint8Array;
  readonly #end: bigint;
  #next = 0n;

  constructor(kid: bigint, salt: Uint8Array, framesPerKey: bigint = limits.defaultFramesPerKey) {
    if (framesPerKey < 1n || framesPerKey > limits.maxInteger + 1n) {
      throw new RangeError('framesPerKey is 1 to 2^64');
    }
    this.kid = kid;
    this.#salt = salt;
    this.#end = framesPerKey;
  }

  get framesLeft(): bigint {
    return this.#end - this.#next;
  }

  prepare(plaintext: Uint8Array, metadata: Uint8Array): PreparedSeal | Failed<SealFailure> {
    return this.#prepare(plaintext, metadata, noBytes);
  }

  prepareMedia(codec: FrameCodec, frame: Uint8Array): PreparedSeal | Failed<SealFailure> {
    const size = clearBytes(codec, frame);
    if (size === null) return failed('malformed');
    const clear = frame.subarray(0, size);
    return this.#prepare(frame.subarray(size), clear, clear);
  }

  #prepare(
    plaintext: Uint8Array,
    metadata: Uint8Array,
    clear: Uint8Array,
  ): PreparedSeal | Failed<SealFailure> {
    if (plaintext.length + metadata.length > limits.maxFrameBytes) return failed('tooLarge');
    if (this.#next >= this.#end) return failed('exhausted');
    const counter = this.#next++;
    const header = encodeHeader(this.kid, counter);
    const nonce = frameNonce(this.#salt, counter);
    return { kind: 'prepared', clear, header, nonce, aad: frameAad(header, metadata), plaintext };
  }
}
