/**
 * The keys of one device's stay in a call, in Node (spec/calls.md, "Frame keys"): the engine seals them to a fresh key pair, and
 * frames are sealed and opened by them. Invariants: without a key a frame goes nowhere; a key that was there before never comes
 * back, because its counter would begin again or its frames could be replayed.
 */
import { concatBytes, suiteIds as providerSuites } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { type CallId, idToBytes } from '@sotto/protocol';
import { suiteIds } from '@sotto/sframe';
import { createSyncFrameOpener, createSyncFrameSealer, type SyncFrameSealer } from '@sotto/sframe/node';
import { decodeFrameKey, type SenderFrameKey } from '../../calls/frameKey.ts';
import type { MediaKind } from './mediaPeer.ts';

/**
 * `notSealedToThis`: it is for another key pair or call, or was changed. `oldKey`: its KID is not above those before it. But for
 * `taken`, the keys are as they were.
 */
type FrameKeyResult = 'taken' | 'notSealedToThis' | 'malformed' | 'oldKey';

export interface FrameGate {
  /** X25519, 32 bytes: for `CallStart.frameKey`. */
  readonly frameKey: Uint8Array;
  /** Whether there is a key of the other side. */
  readonly canOpen: boolean;
  /** Takes a key that the engine sealed, of this call. */
  take(sealed: Uint8Array): Promise<FrameKeyResult>;
  /** Null where there is no key (any more). */
  seal(kind: MediaKind, frame: Uint8Array): Uint8Array | null;
  /** Null where it is not from the other side, was changed, or came before. */
  open(kind: MediaKind, sealed: Uint8Array): Uint8Array | null;
}

const suite = suiteIds.aes256GcmSha512x128;
const codecs = { audio: 'opus', video: 'vp8' } as const;
const encapsulationSizeBytes = 32;
/** Frames under the key before may still be on their way. */
const oldKeyLifetimeMs = 10_000;
const infoLabel = new TextEncoder().encode('Sotto 1 call frame key');
const nothing = new Uint8Array();

export async function createFrameGate(callId: CallId, nowMs: () => number = Date.now): Promise<FrameGate> {
  const { hpke } = (await loadNodeProvider()).suite(providerSuites.x25519Aes128);
  const { publicKey, privateKey } = await hpke.generateKeyPair();
  const info = concatBytes(infoLabel, idToBytes(callId));
  const opener = createSyncFrameOpener({ suite });
  const retireAtMs = new Map<bigint, number>();
  let sealer: SyncFrameSealer | null = null;
  let [newestSealed, newestOpened] = [-1n, -1n];

  const retire = (): void => {
    for (const [keyId, atMs] of retireAtMs) {
      if (nowMs() < atMs) continue;
      opener.removeKey(keyId);
      retireAtMs.delete(keyId);
    }
  };
  const useKey = ({ use, kid, baseKey }: SenderFrameKey): FrameKeyResult => {
    if (kid <= (use === 'seals' ? newestSealed : newestOpened)) return 'oldKey';
    if (use === 'seals') {
      sealer = createSyncFrameSealer({ suite, kid, baseKey });
      newestSealed = kid;
      return 'taken';
    }
    for (const old of opener.kids) {
      if (!retireAtMs.has(old)) retireAtMs.set(old, nowMs() + oldKeyLifetimeMs);
    }
    opener.addKey(kid, baseKey);
    newestOpened = kid;
    return 'taken';
  };

  return {
    frameKey: publicKey,
    get canOpen() {
      return newestOpened >= 0n;
    },
    async take(sealed) {
      const encapsulated = sealed.subarray(0, encapsulationSizeBytes);
      const ciphertext = sealed.subarray(encapsulationSizeBytes);
      const plain = await hpke.open(privateKey, encapsulated, info, nothing, ciphertext);
      if (plain === null) return 'notSealedToThis';
      const key = decodeFrameKey(new Uint8Array(plain));
      plain.fill(0);
      if (key?.kind !== 'sender') return 'malformed';
      const result = useKey(key);
      key.baseKey.fill(0);
      return result;
    },
    seal(kind, frame) {
      const result = sealer?.sealMedia(codecs[kind], frame);
      return result?.kind === 'sealed' ? result.frame : null;
    },
    open(kind, sealed) {
      retire();
      const result = opener.openMedia(codecs[kind], sealed);
      return result.kind === 'opened' ? result.frame : null;
    },
  };
}
