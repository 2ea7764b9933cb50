/**
 * Tickets for downloads (spec/server.md §Blobs): the time at which it is over, and a MAC over it and the blob's id
 * under a key that the process makes at start. Nothing of them is stored; a restart ends them.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { BlobId } from '../store/blobRecords.ts';

const timeSizeBytes = 8;

export class DownloadTickets {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  issue(blobId: BlobId, expiresAtMs: number): Uint8Array {
    const time = Buffer.alloc(timeSizeBytes);
    time.writeBigUInt64BE(BigInt(expiresAtMs));
    return Buffer.concat([time, this.#mac(blobId, time)]);
  }

  admits(ticket: Uint8Array, blobId: BlobId, nowMs: number): boolean {
    const time = Buffer.from(ticket.subarray(0, timeSizeBytes));
    const mac = ticket.subarray(timeSizeBytes);
    const expected = this.#mac(blobId, time);
    if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) return false;
    return time.readBigUInt64BE() > BigInt(nowMs);
  }

  #mac(blobId: BlobId, time: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#key).update('download').update(time).update(blobId).digest();
  }
}
