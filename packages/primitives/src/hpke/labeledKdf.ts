import type { Kdf } from '../cipherSuite.ts';
import { concatBytes } from '../concatBytes.ts';
import { wipe } from '../wipe.ts';

const encoder = new TextEncoder();

/** LabeledExtract and LabeledExpand (RFC 9180 §4) for one suite_id. */
export interface LabeledKdf {
  extract(salt: Uint8Array, label: string, inputKey: Uint8Array): Uint8Array;
  expand(pseudorandomKey: Uint8Array, label: string, info: Uint8Array, lengthBytes: number): Uint8Array;
}

/** `number` as two bytes, most significant first. */
export function encodeUint16(number: number): Uint8Array {
  return new Uint8Array([number >> 8, number & 0xff]);
}

/** `"KEM" ‖ kem_id`, or `"HPKE" ‖ kem_id ‖ kdf_id ‖ aead_id`. */
export function encodeSuiteId(prefix: 'KEM' | 'HPKE', ...ids: readonly number[]): Uint8Array {
  return concatBytes(encoder.encode(prefix), ...ids.map(encodeUint16));
}

export function createLabeledKdf(kdf: Kdf, suiteId: Uint8Array): LabeledKdf {
  const version = encoder.encode('HPKE-v1');
  const prefixes = new Map<string, Uint8Array>();
  const prefix = (label: string): Uint8Array => {
    let bytes = prefixes.get(label);
    if (bytes === undefined) {
      bytes = concatBytes(version, suiteId, encoder.encode(label));
      prefixes.set(label, bytes);
    }
    return bytes;
  };
  return {
    extract(salt, label, inputKey) {
      const labeled = concatBytes(prefix(label), inputKey);
      const key = kdf.extract(salt, labeled);
      wipe(labeled);
      return key;
    },
    expand: (pseudorandomKey, label, info, lengthBytes) =>
      kdf.expand(pseudorandomKey, concatBytes(encodeUint16(lengthBytes), prefix(label), info), lengthBytes),
  };
}
