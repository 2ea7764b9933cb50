/** Sealing with node:crypto. */
import type { FrameCodec } from '../frameShape.ts';
import { joinBytes } from '../labels.ts';
import type { Failed, SealFailure, SealResult } from '../results.ts';
import { type FrameSealerOptions, noBytes, type PreparedSeal, SealCounter } from '../sealing.ts';
import { deriveNodeKey } from './nodeCiphers.ts';

/** `FrameSealer` without promises. */
export interface SyncFrameSealer {
  readonly kid: bigint;
  readonly framesLeft: bigint;
  seal(plaintext: Uint8Array, metadata?: Uint8Array): SealResult;
  sealMedia(codec: FrameCodec, frame: Uint8Array): SealResult;
}

/** A RangeError for options that are out of range. The base key is copied. */
export function createSyncFrameSealer(options: FrameSealerOptions): SyncFrameSealer {
  const { salt, cipher } = deriveNodeKey(options.suite, options.kid, options.baseKey);
  const counter = new SealCounter(options.kid, salt, options.framesPerKey);

  function finish(prepared: PreparedSeal | Failed<SealFailure>): SealResult {
    if (prepared.kind === 'failed') return prepared;
    const { clear, header, nonce, aad, plaintext } = prepared;
    return { kind: 'sealed', frame: joinBytes(clear, header, cipher.seal(nonce, aad, plaintext)) };
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
