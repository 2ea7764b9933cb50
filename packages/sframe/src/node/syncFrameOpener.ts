/** Opening with node:crypto. */
import type { FrameCodec } from '../frameShape.ts';
import { type AddKeyResult, type FrameOpenerOptions, OpenKeys, type PreparedOpen } from '../opening.ts';
import type { Failed, OpenFailure, OpenResult } from '../results.ts';
import { noBytes } from '../sealing.ts';
import { suiteParameters } from '../suites.ts';
import { deriveNodeKey, type NodeCipher } from './nodeCiphers.ts';

/** `FrameOpener` without promises. */
export interface SyncFrameOpener {
  readonly kids: readonly bigint[];
  addKey(kid: bigint, baseKey: Uint8Array): AddKeyResult;
  removeKey(kid: bigint): boolean;
  open(sealed: Uint8Array, metadata?: Uint8Array): OpenResult;
  openMedia(codec: FrameCodec, frame: Uint8Array): OpenResult;
}

/** A RangeError for options that are out of range. */
export function createSyncFrameOpener({ suite, replayWindow }: FrameOpenerOptions): SyncFrameOpener {
  const keys = new OpenKeys<NodeCipher>(suiteParameters(suite).tagSize, replayWindow);

  function finish(prepared: PreparedOpen<NodeCipher> | Failed<OpenFailure>): OpenResult {
    if (prepared.kind === 'failed') return prepared;
    const { key, nonce, aad, ciphertext } = prepared;
    return keys.finish(prepared, key.cipher.open(nonce, aad, ciphertext));
  }

  return {
    get kids() {
      return keys.kids;
    },
    addKey: (kid, baseKey) => {
      const admitted = keys.admits(kid);
      return admitted.kind === 'failed' ? admitted : keys.add(kid, deriveNodeKey(suite, kid, baseKey));
    },
    removeKey: (kid) => keys.remove(kid),
    open: (sealed, metadata = noBytes) => finish(keys.prepare(sealed, metadata)),
    openMedia: (codec, frame) => finish(keys.prepareMedia(codec, frame)),
  };
}
