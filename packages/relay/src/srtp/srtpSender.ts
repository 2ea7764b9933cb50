/**
 * Seals what goes to one peer (RFC 3711 §3.3). It keeps the rule without which the ciphers are worth nothing: no index is
 * used twice under a key.
 */
import { ReplayWindow } from './replayWindow.ts';
import { rtcpHeaderSizeBytes, rtpHeaderSize, rtpIndex } from './rtpPacket.ts';
import { rtcpIndexSizeBytes, type SrtpCipher } from './srtpCipher.ts';

/** What is free before a sealed packet, for the header of a stream (RFC 4571). */
export const frameHeaderSizeBytes = 2;
/** RFC 3711 §9.2: more packets need new keys. At 10,000 a second, RTCP gets there in two days, RTP never. */
const maxRtcpIndex = 0x7fffffff;
const maxRtpIndex = 2 ** 48 - 1;

export class SrtpSender {
  readonly #cipher: SrtpCipher;
  /** What was sent, by SSRC. */
  readonly #sent = new Map<number, ReplayWindow>();
  #rtcpIndex = 0;

  constructor(cipher: SrtpCipher) {
    this.#cipher = cipher;
  }

  /** The packet from `frameHeaderSizeBytes` on, in a buffer of its own; null: no RTP, or its number was sent before. */
  protectRtp(packet: Buffer): Buffer | null {
    const headerSizeBytes = rtpHeaderSize(packet);
    if (headerSizeBytes < 0) return null;
    const ssrc = packet.readUInt32BE(8);
    let sent = this.#sent.get(ssrc);
    if (sent === undefined) {
      sent = new ReplayWindow();
      this.#sent.set(ssrc, sent);
    }
    const index = rtpIndex(packet.readUInt16BE(2), sent.highest);
    if (index < 0 || index > maxRtpIndex || sent.has(index)) return null;
    sent.add(index);
    const sizeBytes = packet.length + this.#cipher.profile.tagSizeBytes;
    const out = Buffer.allocUnsafe(frameHeaderSizeBytes + sizeBytes);
    this.#cipher.sealRtp(packet, headerSizeBytes, index, out, frameHeaderSizeBytes);
    return out;
  }

  /** As `protectRtp`. */
  protectRtcp(packet: Buffer): Buffer | null {
    if (packet.length < rtcpHeaderSizeBytes || this.#rtcpIndex > maxRtcpIndex) return null;
    const sizeBytes = packet.length + this.#cipher.profile.tagSizeBytes + rtcpIndexSizeBytes;
    const out = Buffer.allocUnsafe(frameHeaderSizeBytes + sizeBytes);
    this.#cipher.sealRtcp(packet, this.#rtcpIndex, out, frameHeaderSizeBytes);
    this.#rtcpIndex += 1;
    return out;
  }
}
