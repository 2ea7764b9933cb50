/** The parts of AES-CTR with HMAC (RFC 9605 §4.5.1) that are the same on every platform. */
import { joinBytes } from './labels.ts';

/** The counter block of a frame: its nonce and a block counter of 32 bits. */
export function initialCounter(nonce: Uint8Array): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(16);
  block.set(nonce);
  return block;
}

/** What the tag is computed over. */
export function authenticated(
  tagSize: number,
  nonce: Uint8Array,
  aad: Uint8Array,
  encrypted: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const sizes = new Uint8Array(24);
  const view = new DataView(sizes.buffer);
  view.setBigUint64(0, BigInt(aad.length));
  view.setBigUint64(8, BigInt(encrypted.length));
  view.setBigUint64(16, BigInt(tagSize));
  return joinBytes(sizes, nonce, aad, encrypted);
}

/** Compares all bytes, whatever they are. */
export function equalTags(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ b[at]!;
  return difference === 0;
}
