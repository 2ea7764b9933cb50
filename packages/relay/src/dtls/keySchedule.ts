/** What both sides make of the secret they agreed on (RFC 5246 §5, §6.3, RFC 7627, RFC 5764 §4.2), with SHA-256. */
import { createHash, createHmac } from 'node:crypto';
import type { MasterKey } from '../srtp/srtpKeys.ts';
import { type SrtpProfile, srtpKeySizeBytes } from '../srtp/srtpProfile.ts';

export interface Randoms {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** Of one direction of records. */
export interface RecordKey {
  readonly key: Buffer;
  /** The first four bytes of each nonce. */
  readonly salt: Buffer;
}

export interface DirectedKeys<Key> {
  readonly client: Key;
  readonly server: Key;
}

/** RFC 5246 §5. */
export function prf(secret: Uint8Array, label: string, seed: Uint8Array, sizeBytes: number): Buffer {
  const labelled = Buffer.concat([Buffer.from(label), seed]);
  const parts: Buffer[] = [];
  let a: Uint8Array = labelled;
  for (let made = 0; made < sizeBytes; made += 32) {
    a = createHmac('sha256', secret).update(a).digest();
    parts.push(createHmac('sha256', secret).update(a).update(labelled).digest());
  }
  return Buffer.concat(parts).subarray(0, sizeBytes);
}

/** RFC 7627 §4: over the messages up to ClientKeyExchange, so that it belongs to this handshake alone. */
export function masterSecretOf(premasterSecret: Uint8Array, messages: readonly Uint8Array[]): Buffer {
  return prf(premasterSecret, 'extended master secret', hashOf(messages), 48);
}

export function recordKeysOf(masterSecret: Uint8Array, randoms: Randoms): DirectedKeys<RecordKey> {
  const block = prf(masterSecret, 'key expansion', Buffer.concat([randoms.server, randoms.client]), 40);
  return {
    client: { key: block.subarray(0, 16), salt: block.subarray(32, 36) },
    server: { key: block.subarray(16, 32), salt: block.subarray(36, 40) },
  };
}

/** What Finished carries (RFC 5246 §7.4.9). */
export function verifyDataOf(
  masterSecret: Uint8Array,
  side: 'client' | 'server',
  messages: readonly Uint8Array[],
): Buffer {
  return prf(masterSecret, `${side} finished`, hashOf(messages), 12);
}

export function srtpKeysOf(
  masterSecret: Uint8Array,
  randoms: Randoms,
  { saltSizeBytes }: SrtpProfile,
): DirectedKeys<MasterKey> {
  const seed = Buffer.concat([randoms.client, randoms.server]);
  const size = 2 * (srtpKeySizeBytes + saltSizeBytes);
  const block = prf(masterSecret, 'EXTRACTOR-dtls_srtp', seed, size);
  const saltsAt = 2 * srtpKeySizeBytes;
  return {
    client: {
      key: block.subarray(0, srtpKeySizeBytes),
      salt: block.subarray(saltsAt, saltsAt + saltSizeBytes),
    },
    server: { key: block.subarray(srtpKeySizeBytes, saltsAt), salt: block.subarray(saltsAt + saltSizeBytes) },
  };
}

function hashOf(messages: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const message of messages) hash.update(message);
  return hash.digest();
}
