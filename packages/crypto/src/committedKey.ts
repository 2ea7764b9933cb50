/**
 * Key commitment (spec/envelope.md, "Committing to the key"). ChaCha20-Poly1305 alone does not bind a ciphertext
 * to one key. A key is therefore never used as it is: HKDF makes an encryption key and a commitment of it, the
 * commitment travels with the ciphertext, and it is compared, in constant time, before anything is opened.
 */
import type { Provider } from '@sotto/primitives';
import { type Label, labelled } from './labels.ts';

export const commitmentSizeBytes = 32;

export interface CommittedKey {
  readonly key: Uint8Array;
  readonly commitment: Uint8Array;
}

/** Both halves from a pseudorandom key of 32 bytes; `context` goes into both. */
export function deriveCommittedKey(
  provider: Provider,
  pseudorandomKey: Uint8Array,
  keyLabel: Label,
  commitmentLabel: Label,
  context: Uint8Array,
): CommittedKey {
  return {
    key: provider.hkdf.expand(pseudorandomKey, labelled(keyLabel, context), 32),
    commitment: provider.hkdf.expand(
      pseudorandomKey,
      labelled(commitmentLabel, context),
      commitmentSizeBytes,
    ),
  };
}
