/** What seals packets, in the two profiles; where keys of a direction, roll-overs and replays are known, is not its matter. */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { rtcpHeaderSizeBytes } from './rtpPacket.ts';
import type { SessionKey, SessionKeys } from './srtpKeys.ts';
import { aeadAes128Gcm, aes128CmSha1, type SrtpProfile } from './srtpProfile.ts';

/** The word after an RTCP packet: whether it is encrypted, and its index (RFC 3711 §3.4). */
export const rtcpIndexSizeBytes = 4;
const encryptedFlag = 0x80000000;

export interface SrtpCipher {
  readonly profile: SrtpProfile;
  /** Writes the sealed packet to `out` from `start` on, which has room for it. */
  sealRtp(packet: Buffer, headerSizeBytes: number, index: number, out: Buffer, start: number): void;
  /** Opens it where it lies; the size of the plain packet, or -1 where it is not authentic. */
  openRtp(packet: Buffer, headerSizeBytes: number, index: number): number;
  sealRtcp(packet: Buffer, index: number, out: Buffer, start: number): void;
  /** `packet` is long enough for header, tag and index. */
  openRtcp(packet: Buffer, index: number): number;
}

export function createSrtpCipher(profile: SrtpProfile, keys: SessionKeys): SrtpCipher {
  return profile.kind === 'aeadAes128Gcm' ? new GcmCipher(keys) : new CounterModeCipher(keys);
}

/** RFC 7714. */
class GcmCipher implements SrtpCipher {
  readonly profile = aeadAes128Gcm;
  readonly #rtp: SessionKey;
  readonly #rtcp: SessionKey;
  readonly #iv = Buffer.alloc(12);
  readonly #associated = Buffer.alloc(rtcpHeaderSizeBytes + rtcpIndexSizeBytes);

  constructor({ rtp, rtcp }: SessionKeys) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  sealRtp(packet: Buffer, headerSizeBytes: number, index: number, out: Buffer, start: number): void {
    const cipher = createCipheriv('aes-128-gcm', this.#rtp.cipherKey, this.#rtpIv(packet, index));
    const header = packet.subarray(0, headerSizeBytes);
    cipher.setAAD(header);
    out.set(header, start);
    out.set(cipher.update(packet.subarray(headerSizeBytes)), start + headerSizeBytes);
    cipher.final();
    out.set(cipher.getAuthTag(), start + packet.length);
  }

  openRtp(packet: Buffer, headerSizeBytes: number, index: number): number {
    const end = packet.length - aeadAes128Gcm.tagSizeBytes;
    const decipher = createDecipheriv('aes-128-gcm', this.#rtp.cipherKey, this.#rtpIv(packet, index));
    decipher.setAAD(packet.subarray(0, headerSizeBytes));
    return this.#open(decipher, packet, { start: headerSizeBytes, end });
  }

  sealRtcp(packet: Buffer, index: number, out: Buffer, start: number): void {
    const cipher = createCipheriv('aes-128-gcm', this.#rtcp.cipherKey, this.#rtcpIv(packet, index));
    cipher.setAAD(this.#rtcpAssociated(packet, index));
    out.set(packet.subarray(0, rtcpHeaderSizeBytes), start);
    out.set(cipher.update(packet.subarray(rtcpHeaderSizeBytes)), start + rtcpHeaderSizeBytes);
    cipher.final();
    out.set(cipher.getAuthTag(), start + packet.length);
    out.writeUInt32BE(encryptedFlag + index, start + packet.length + aeadAes128Gcm.tagSizeBytes);
  }

  openRtcp(packet: Buffer, index: number): number {
    const end = packet.length - rtcpIndexSizeBytes - aeadAes128Gcm.tagSizeBytes;
    const decipher = createDecipheriv('aes-128-gcm', this.#rtcp.cipherKey, this.#rtcpIv(packet, index));
    decipher.setAAD(this.#rtcpAssociated(packet, index));
    return this.#open(decipher, packet, { start: rtcpHeaderSizeBytes, end });
  }

  #open(
    decipher: ReturnType<typeof createGcmDecipher>,
    packet: Buffer,
    { start, end }: { start: number; end: number },
  ): number {
    decipher.setAuthTag(packet.subarray(end, end + aeadAes128Gcm.tagSizeBytes));
    const plain = decipher.update(packet.subarray(start, end));
    try {
      decipher.final();
    } catch {
      return -1;
    }
    packet.set(plain, start);
    return end;
  }

  /** RFC 7714 §8.1. */
  #rtpIv(packet: Buffer, index: number): Buffer {
    const iv = this.#iv;
    iv[0] = 0;
    iv[1] = 0;
    packet.copy(iv, 2, 8, 12);
    iv.writeUIntBE(index, 6, 6);
    return exclusiveOr(iv, this.#rtp.salt);
  }

  /** RFC 7714 §9.1. */
  #rtcpIv(packet: Buffer, index: number): Buffer {
    const iv = this.#iv;
    iv[0] = 0;
    iv[1] = 0;
    packet.copy(iv, 2, 4, 8);
    iv.writeUInt16BE(0, 6);
    iv.writeUInt32BE(index, 8);
    return exclusiveOr(iv, this.#rtcp.salt);
  }

  /** RFC 7714 §9.2. */
  #rtcpAssociated(packet: Buffer, index: number): Buffer {
    packet.copy(this.#associated, 0, 0, rtcpHeaderSizeBytes);
    this.#associated.writeUInt32BE(encryptedFlag + index, rtcpHeaderSizeBytes);
    return this.#associated;
  }
}

function createGcmDecipher(key: SessionKey['cipherKey'], iv: Buffer) {
  return createDecipheriv('aes-128-gcm', key, iv);
}

/** RFC 3711: AES in counter mode with HMAC-SHA1, cut to 80 bits. */
class CounterModeCipher implements SrtpCipher {
  readonly profile = aes128CmSha1;
  readonly #rtp: SessionKey;
  readonly #rtcp: SessionKey;
  readonly #iv = Buffer.alloc(16);
  readonly #rollOvers = Buffer.alloc(4);

  constructor({ rtp, rtcp }: SessionKeys) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  sealRtp(packet: Buffer, headerSizeBytes: number, index: number, out: Buffer, start: number): void {
    const iv = this.#ivOf(this.#rtp, packet.readUInt32BE(8), index);
    const cipher = createCipheriv('aes-128-ctr', this.#rtp.cipherKey, iv);
    out.set(packet.subarray(0, headerSizeBytes), start);
    out.set(cipher.update(packet.subarray(headerSizeBytes)), start + headerSizeBytes);
    const end = start + packet.length;
    out.set(this.#rtpTag(out.subarray(start, end), index), end);
  }

  openRtp(packet: Buffer, headerSizeBytes: number, index: number): number {
    const end = packet.length - aes128CmSha1.tagSizeBytes;
    if (!timingSafeEqual(this.#rtpTag(packet.subarray(0, end), index), packet.subarray(end))) return -1;
    const iv = this.#ivOf(this.#rtp, packet.readUInt32BE(8), index);
    const decipher = createDecipheriv('aes-128-ctr', this.#rtp.cipherKey, iv);
    packet.set(decipher.update(packet.subarray(headerSizeBytes, end)), headerSizeBytes);
    return end;
  }

  sealRtcp(packet: Buffer, index: number, out: Buffer, start: number): void {
    const iv = this.#ivOf(this.#rtcp, packet.readUInt32BE(4), index);
    const cipher = createCipheriv('aes-128-ctr', this.#rtcp.cipherKey, iv);
    out.set(packet.subarray(0, rtcpHeaderSizeBytes), start);
    out.set(cipher.update(packet.subarray(rtcpHeaderSizeBytes)), start + rtcpHeaderSizeBytes);
    const end = out.writeUInt32BE(encryptedFlag + index, start + packet.length);
    out.set(this.#rtcpTag(out.subarray(start, end)), end);
  }

  openRtcp(packet: Buffer, index: number): number {
    const tagAt = packet.length - aes128CmSha1.tagSizeBytes;
    if (!timingSafeEqual(this.#rtcpTag(packet.subarray(0, tagAt)), packet.subarray(tagAt))) return -1;
    const end = tagAt - rtcpIndexSizeBytes;
    const iv = this.#ivOf(this.#rtcp, packet.readUInt32BE(4), index);
    const decipher = createDecipheriv('aes-128-ctr', this.#rtcp.cipherKey, iv);
    packet.set(decipher.update(packet.subarray(rtcpHeaderSizeBytes, end)), rtcpHeaderSizeBytes);
    return end;
  }

  /** RFC 3711 §4.1.1. */
  #ivOf({ salt }: SessionKey, ssrc: number, index: number): Buffer {
    const iv = this.#iv.fill(0);
    iv.writeUInt32BE(ssrc, 4);
    iv.writeUIntBE(index, 8, 6);
    return exclusiveOr(iv, salt);
  }

  /** RFC 3711 §4.2: over the packet and its roll-overs. */
  #rtpTag(packet: Buffer, index: number): Buffer {
    this.#rollOvers.writeUInt32BE(Math.floor(index / 0x10000));
    const tag = createHmac('sha1', this.#rtp.authKey).update(packet).update(this.#rollOvers).digest();
    return tag.subarray(0, aes128CmSha1.tagSizeBytes);
  }

  #rtcpTag(packet: Buffer): Buffer {
    const tag = createHmac('sha1', this.#rtcp.authKey).update(packet).digest();
    return tag.subarray(0, aes128CmSha1.tagSizeBytes);
  }
}

function exclusiveOr(iv: Buffer, salt: Buffer): Buffer {
  for (let i = 0; i < salt.length; i++) iv[i]! ^= salt[i]!;
  return iv;
}
