/**
 * SRTP and SRTCP with AEAD_AES_128_GCM (RFC 3711, RFC 7714) of a synthetic participant, written apart from the relay's own so
 * that one checks the other. It keeps no replay window: who measures counts what comes twice.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

/** What a handshake leads to, of one direction. */
export interface MasterKey {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes. */
  readonly salt: Uint8Array;
}

const tagSizeBytes = 16;
const indexSizeBytes = 4;
const labels = { rtpKey: 0, rtpSalt: 2, rtcpKey: 3, rtcpSalt: 5 } as const;

/** The packets of one direction of one peer. */
export class LoadSrtp {
  readonly #rtpKey: Buffer;
  readonly #rtpSalt: Buffer;
  readonly #rtcpKey: Buffer;
  readonly #rtcpSalt: Buffer;
  readonly #rolls = new Map<number, { count: number; newest: number }>();
  readonly #nonce = Buffer.alloc(12);
  #rtcpIndex = 0;

  constructor(master: MasterKey) {
    this.#rtpKey = derive(master, labels.rtpKey, 16);
    this.#rtpSalt = derive(master, labels.rtpSalt, 12);
    this.#rtcpKey = derive(master, labels.rtcpKey, 16);
    this.#rtcpSalt = derive(master, labels.rtcpSalt, 12);
  }

  /** `packet` sealed, in a buffer of its own. */
  sealRtp(packet: Buffer): Buffer {
    return sealWith(this.#rtpKey, this.#rtpNonce(packet), packet, rtpHeaderSize(packet));
  }

  /** Null: not authentic. */
  openRtp(sealed: Buffer): Buffer | null {
    return openWith(this.#rtpKey, this.#rtpNonce(sealed), sealed, rtpHeaderSize(sealed));
  }

  sealRtcp(packet: Buffer): Buffer {
    this.#rtcpIndex += 1;
    const word = Buffer.alloc(indexSizeBytes);
    word.writeUInt32BE((0x80000000 | this.#rtcpIndex) >>> 0);
    const cipher = createCipheriv('aes-128-gcm', this.#rtcpKey, this.#rtcpNonce(packet, this.#rtcpIndex));
    cipher.setAAD(Buffer.concat([packet.subarray(0, 8), word]));
    const body = cipher.update(packet.subarray(8));
    cipher.final();
    return Buffer.concat([packet.subarray(0, 8), body, cipher.getAuthTag(), word]);
  }

  /** Null: not authentic, or not encrypted. */
  openRtcp(sealed: Buffer): Buffer | null {
    if (sealed.length < 8 + tagSizeBytes + indexSizeBytes) return null;
    const word = sealed.subarray(sealed.length - indexSizeBytes);
    const index = word.readUInt32BE();
    if (index < 0x80000000) return null;
    const decipher = createDecipheriv(
      'aes-128-gcm',
      this.#rtcpKey,
      this.#rtcpNonce(sealed, index - 0x80000000),
    );
    decipher.setAAD(Buffer.concat([sealed.subarray(0, 8), word]));
    const bodyEnd = sealed.length - indexSizeBytes - tagSizeBytes;
    decipher.setAuthTag(sealed.subarray(bodyEnd, bodyEnd + tagSizeBytes));
    const body = decipher.update(sealed.subarray(8, bodyEnd));
    try {
      decipher.final();
    } catch {
      return null;
    }
    return Buffer.concat([sealed.subarray(0, 8), body]);
  }

  /** RFC 7714 §8.1. The number of times that the sequence number began anew is guessed as in RFC 3711 §3.3.1. */
  #rtpNonce(packet: Buffer): Buffer {
    const ssrc = packet.readUInt32BE(8);
    const sequence = packet.readUInt16BE(2);
    let state = this.#rolls.get(ssrc);
    if (state === undefined) {
      state = { count: 0, newest: sequence };
      this.#rolls.set(ssrc, state);
    }
    let { count } = state;
    if (((sequence - state.newest) & 0xffff) < 0x8000) {
      if (sequence < state.newest) count += 1;
      state.count = count;
      state.newest = sequence;
    } else if (sequence > state.newest) {
      count -= 1;
    }
    return nonceOf(this.#nonce, this.#rtpSalt, { ssrc, count, sequence });
  }

  /** RFC 7714 §9.1. */
  #rtcpNonce(packet: Buffer, index: number): Buffer {
    const nonce = this.#nonce.fill(0);
    packet.copy(nonce, 2, 4, 8);
    nonce.writeUInt32BE(index, 8);
    return mix(nonce, this.#rtcpSalt);
  }
}

/** RFC 7714 §8.1, written to `nonce`. */
function nonceOf(
  nonce: Buffer,
  salt: Uint8Array,
  { ssrc, count, sequence }: { ssrc: number; count: number; sequence: number },
): Buffer {
  nonce.writeUInt16BE(0, 0);
  nonce.writeUInt32BE(ssrc, 2);
  nonce.writeUInt32BE(count >>> 0, 6);
  nonce.writeUInt16BE(sequence, 10);
  return mix(nonce, salt);
}

function sealWith(key: Uint8Array, nonce: Buffer, packet: Buffer, headerSizeBytes: number): Buffer {
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const header = packet.subarray(0, headerSizeBytes);
  cipher.setAAD(header);
  const body = cipher.update(packet.subarray(headerSizeBytes));
  cipher.final();
  const sealed = Buffer.allocUnsafe(packet.length + tagSizeBytes);
  header.copy(sealed, 0);
  body.copy(sealed, headerSizeBytes);
  cipher.getAuthTag().copy(sealed, packet.length);
  return sealed;
}

/** Null: not authentic. */
function openWith(key: Uint8Array, nonce: Buffer, sealed: Buffer, headerSizeBytes: number): Buffer | null {
  const bodyEnd = sealed.length - tagSizeBytes;
  if (bodyEnd < headerSizeBytes) return null;
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAAD(sealed.subarray(0, headerSizeBytes));
  decipher.setAuthTag(sealed.subarray(bodyEnd));
  const body = decipher.update(sealed.subarray(headerSizeBytes, bodyEnd));
  try {
    decipher.final();
  } catch {
    return null;
  }
  const packet = Buffer.allocUnsafe(bodyEnd);
  sealed.copy(packet, 0, 0, headerSizeBytes);
  body.copy(packet, headerSizeBytes);
  return packet;
}

/** Fixed header, contributing sources, and extension (RFC 3550 §5). */
function rtpHeaderSize(packet: Buffer): number {
  const sizeBytes = 12 + (packet[0]! & 0x0f) * 4;
  return (packet[0]! & 0x10) === 0 ? sizeBytes : sizeBytes + 4 + packet.readUInt16BE(sizeBytes + 2) * 4;
}

/** RFC 3711 §4.3, with a salt of 96 bits (RFC 7714 §11). */
function derive({ key, salt }: MasterKey, label: number, sizeBytes: number): Buffer {
  const block = Buffer.alloc(16);
  block.set(salt);
  block[7]! ^= label;
  return createCipheriv('aes-128-ctr', key, block).update(Buffer.alloc(sizeBytes));
}

function mix(nonce: Buffer, salt: Uint8Array): Buffer {
  for (let i = 0; i < 12; i++) nonce[i]! ^= salt[i]!;
  return nonce;
}
