import type { CipherSuite } from '@sotto/primitives';
import { Writer } from '../codec/writer.ts';
import { expandWithLabel } from '../labels/labels.ts';
import { type PreSharedKeyId, writePreSharedKeyId } from '../structs/preSharedKeyId.ts';

export interface PreSharedKey {
  readonly id: PreSharedKeyId;
  readonly secret: Uint8Array;
}

/** psk_secret (RFC 9420 §8.4); all zero where there are no keys. */
export function pskSecretOf(suite: CipherSuite, psks: readonly PreSharedKey[]): Uint8Array {
  const zero = new Uint8Array(suite.kdf.size);
  let secret: Uint8Array = new Uint8Array(suite.kdf.size);
  for (const [index, psk] of psks.entries()) {
    const label = new Writer(128);
    writePreSharedKeyId(label, psk.id);
    label.u16(index).u16(psks.length);
    const extracted = suite.kdf.extract(zero, psk.secret);
    const input = expandWithLabel(suite, extracted, 'derived psk', label.finish(), suite.kdf.size);
    const next = suite.kdf.extract(input, secret);
    extracted.fill(0);
    input.fill(0);
    secret.fill(0);
    secret = next;
  }
  return secret;
}
