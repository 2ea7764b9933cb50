/** Opening with Web Crypto: browsers, their workers, and every other runtime that has it. */
import type { FrameCodec } from './frameShape.ts';
import { type AddKeyResult, type FrameOpenerOptions, OpenKeys, type PreparedOpen } from './opening.ts';
import type { Failed, OpenFailure, OpenResult } from './results.ts';
import { noBytes } from './sealing.ts';
import { suiteParameters } from './suites.ts';
import { deriveWebKey, type WebCipher } from './webCiphers.ts';

/** Opens frames of all senders whose keys it was given, each once. */
export interface FrameOpener {
  /** Of the keys it has. */
  readonly kids: readonly bigint[];
  /** A RangeError for a KID or base key of a wrong size. The base key is copied. */
  addKey(kid: bigint, baseKey: Uint8Array): Promise<AddKeyResult>;
  /**
   * False where there was none. What the key opened is forgotten with it: the same key must not be added again, or its
   * frames can be replayed.
   */
  removeKey(kid: bigint): boolean;
  /** `metadata`: as when it was sealed. */
  open(sealed: Uint8Array, metadata?: Uint8Array): Promise<OpenResult>;
  /** What `sealMedia` made. */
  openMedia(codec: FrameCodec, frame: Uint8Array): Promise<OpenResult>;
}

/** A RangeError for options that are out of range. */
export function createFrameOpener({ suite, replayWindow }: FrameOpenerOptions): FrameOpener {
  const keys = new OpenKeys<WebCipher>(suiteParameters(suite).tagSize, replayWindow);

  async function finish(prepared: PreparedOpen<WebCipher> | Failed<OpenFailure>): Promise<OpenResult> {
    if (prepared.kind === 'failed') return prepared;
    const { key, nonce, aad, ciphertext } = prepared;
    // Taken now: the caller may write over its frame while the cipher works.
    const kept = { ...prepared, clear: prepared.clear.slice() };
    return keys.finish(kept, await key.cipher.open(nonce, aad, ciphertext));
  }

  return {
    get kids() {
      return keys.kids;
    },
    async addKey(kid, baseKey) {
      const admitted = keys.admits(kid);
      return admitted.kind === 'failed' ? admitted : keys.add(kid, await deriveWebKey(suite, kid, baseKey));
    },
    removeKey: (kid) => keys.remove(kid),
    open: (sealed, metadata = noBytes) => finish(keys.prepare(sealed, metadata)),
    openMedia: (codec, frame) => finish(keys.prepareMedia(codec, frame)),
  };
}
