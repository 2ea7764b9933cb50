import type { Awaitable, CipherSuite } from '@sotto/primitives';
import { Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { expandWithLabel } from '../labels/labels.ts';
import { expandSample, ratchetLabels } from '../labels/ratchetLabels.ts';
import { refuse } from '../refusal.ts';

/** SenderData (RFC 9420 §6.3.2). */
export interface SenderData {
  readonly leafIndex: number;
  readonly generation: number;
  readonly reuseGuard: Uint8Array;
}

const senderDataBytes = 12;

/** Key and nonce for sender data, from the start of the content's ciphertext. */
export function senderDataKeys(
  suite: CipherSuite,
  senderDataSecret: Uint8Array,
  ciphertext: Uint8Array,
): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const size = suite.kdf.size;
  if (ciphertext.length < size) {
    return {
      key: expandWithLabel(suite, senderDataSecret, 'key', ciphertext, suite.aead.keySize),
      nonce: expandWithLabel(suite, senderDataSecret, 'nonce', ciphertext, suite.aead.nonceSize),
    };
  }
  const sample = ciphertext.subarray(0, size);
  const [key, nonce] = expandSample(suite, senderDataSecret, ratchetLabels(suite), sample);
  return { key: key!, nonce: nonce! };
}

/** `aad` is SenderDataAAD: group id, epoch, content type. */
export function sealSenderData(
  suite: CipherSuite,
  senderDataSecret: Uint8Array,
  data: SenderData,
  aad: Uint8Array,
  ciphertext: Uint8Array,
): Awaitable<Uint8Array> {
  const { key, nonce } = senderDataKeys(suite, senderDataSecret, ciphertext);
  const plain = new Writer(senderDataBytes).u32(data.leafIndex).u32(data.generation).fixed(data.reuseGuard);
  return suite.aead.seal(key, nonce, aad, plain.finish());
}

export async function openSenderData(
  suite: CipherSuite,
  senderDataSecret: Uint8Array,
  encrypted: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
): Promise<SenderData> {
  const { key, nonce } = senderDataKeys(suite, senderDataSecret, ciphertext);
  const opened = suite.aead.open(key, nonce, aad, encrypted);
  const plain = (opened instanceof Promise ? await opened : opened) ?? refuse('MLS-6.3-01');
  const reader = new Reader(plain);
  const data = { leafIndex: reader.u32(), generation: reader.u32(), reuseGuard: reader.fixed(4) };
  reader.end();
  return data;
}

/** The message nonce with its first four bytes XORed with the reuse guard (RFC 9420 §6.3.1), in place. */
export function applyReuseGuard(nonce: Uint8Array, reuseGuard: Uint8Array): void {
  for (let i = 0; i < 4; i++) nonce[i]! ^= reuseGuard[i]!;
}
