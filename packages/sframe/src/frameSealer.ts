/** Sealing with Web Crypto: browsers, their workers, and every other runtime that has it. */
import type { FrameCodec } from './frameShape.ts';
import { joinBytes } from './labels.ts';
import type { Failed, SealFailure, SealResult } from './results.ts';
import { type FrameSealerOptions, noBytes, type PreparedSeal, SealCounter } from './sealing.ts';
import { deriveWebKey } from './webCiphers.ts';

/** Seals frames under one key, each with the next counter. */
export interface FrameSealer {
  readonly kid: bigint;
  /** How many frames it still seals. */
  readonly framesLeft: bigint;
  /** `metadata` is authenticated and not part of the result: the receiver needs it to open. */
  seal(plaintext: Uint8Array, metadata?: Uint8Array): Promise<SealResult>;
  /** An encoded frame of a codec: what stays clear (`clearBytes`) goes before the sealed rest, authenticated. */
  sealMedia(codec: FrameCodec, frame: Uint8Array): Promise<SealResult>;
}

/** A RangeError for options that are out of range. The base key is copied. */
export async function createFrameSealer(options: FrameSealerOptions): Promise<FrameSealer> {
  const { salt, cipher } = await deriveWebKey(options.suite, options.kid, options.baseKey);
  const counter = new SealCounter(options.kid, salt, options.framesPerKey);

  async function finish(prepared: PreparedSeal | Failed<SealFailure>): Promise<SealResult> {
    if (prepared.kind === 'failed') return prepared;
    const { clear, header, nonce, aad, plaintext } = prepared;
    // Taken now: the caller may write over its frame while the cipher works.
    const start = joinBytes(clear, header);
    return { kind: 'sealed', frame: joinBytes(start, await cipher.seal(nonce, aad, plaintext)) };
  }

  return {
    kid: options.kid,
    get framesLeft() {
      return counter.framesLeft;
    },
    seal: (plaintext, metadata = noBytes) => finish(counter.prepare(plaintext, metadata)),
    sealMedia: (codec, frame) => finish(counter.prepareMedia(codec, frame)),
  };
}
