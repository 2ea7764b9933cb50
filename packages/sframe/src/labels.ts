/** The inputs of the key schedule and of the AEAD that are made of public values (RFC 9605 §4.4). */
import { nonceSize, type SuiteId } from './suites.ts';

const encoder = new TextEncoder();

/** `sframe_key_label` (§4.4.2). */
export function keyLabel(suite: SuiteId, kid: bigint): Uint8Array<ArrayBuffer> {
  return label('SFrame 1.0 Secret key ', suite, kid);
}

/** `sframe_salt_label` (§4.4.2). */
export function saltLabel(suite: SuiteId, kid: bigint): Uint8Array<ArrayBuffer> {
  return label('SFrame 1.0 Secret salt ', suite, kid);
}

function label(text: string, suite: SuiteId, kid: bigint): Uint8Array<ArrayBuffer> {
  const words = encoder.encode(text);
  const bytes = new Uint8Array(words.length + 10);
  bytes.set(words);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(words.length, kid);
  view.setUint16(words.length + 8, suite);
  return bytes;
}

/** The salt, its last 8 bytes with the counter laid over them (§4.4.3). */
export function frameNonce(salt: Uint8Array, counter: bigint): Uint8Array<ArrayBuffer> {
  const nonce = Uint8Array.from(salt);
  const view = new DataView(nonce.buffer);
  const tail = nonceSize - 8;
  view.setBigUint64(tail, view.getBigUint64(tail) ^ counter);
  return nonce;
}

/** Header and metadata, which are authenticated (§4.4.3). */
export function frameAad(header: Uint8Array, metadata: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes(header, metadata);
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
