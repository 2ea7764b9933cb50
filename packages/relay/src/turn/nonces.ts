/**
 * Nonces without a table (RFC 8489 §9.2.4): the time and a keyed hash over it and the client's address. One taken from
 * another address or another time is stale.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TransportAddress } from '../stun/xorAddress.ts';

const lifetimeSeconds = 3600;
const hashSizeBytes = 12;
const nonceLength = 22;

export class Nonces {
  readonly #key: Uint8Array;

  /** `key`: random, of this process. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** 22 characters. */
  issue(client: TransportAddress, nowMs: number): Buffer {
    return this.#make(client, Math.floor(nowMs / 1000) >>> 0);
  }

  isFresh(nonce: Uint8Array, client: TransportAddress, nowMs: number): boolean {
    if (nonce.length !== nonceLength) return false;
    const decoded = Buffer.from(Buffer.from(nonce).toString(), 'base64url');
    if (decoded.length !== 4 + hashSizeBytes) return false;
    const issuedAt = decoded.readUInt32BE(0);
    const ageSeconds = Math.floor(nowMs / 1000) - issuedAt;
    return (
      ageSeconds >= 0 && ageSeconds < lifetimeSeconds && timingSafeEqual(this.#make(client, issuedAt), nonce)
    );
  }

  #make({ address, port }: TransportAddress, issuedAt: number): Buffer {
    const time = Buffer.alloc(4);
    time.writeUInt32BE(issuedAt);
    const hash = createHmac('sha256', this.#key).update(time).update(`${port} ${address}`).digest();
    const nonce = Buffer.concat([time, hash.subarray(0, hashSizeBytes)]).toString('base64url');
    return Buffer.from(nonce);
  }
}
