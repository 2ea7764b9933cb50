/** Opens what one peer sent (RFC 3711 §3.3): nothing is remembered of what is not authentic, and nothing passes twice. */
import { ReplayWindow } from './replayWindow.ts';
import { rtcpHeaderSizeBytes, rtpHeaderSize, rtpIndex } from './rtpPacket.ts';
import { rtcpIndexSizeBytes, type SrtpCipher } from './srtpCipher.ts';

export type SrtpProblem = 'malformed' | 'notAuthentic' | 'replayed';

/** SSRCs that one peer sends by; more come from no browser. */
const maxSources = 256;

export class SrtpReceiver {
  readonly #cipher: SrtpCipher;
  readonly #rtp = new Map<number, ReplayWindow>();
  readonly #rtcp = new Map<number, ReplayWindow>();

  constructor(cipher: SrtpCipher) {
    this.#cipher = cipher;
  }

  /** Opens the packet where it lies. */
  unprotectRtp(packet: Buffer): Buffer | SrtpProblem {
    const headerSizeBytes = rtpHeaderSize(packet);
    if (headerSizeBytes < 0 || packet.length < headerSizeBytes + this.#cipher.profile.tagSizeBytes)
      return 'malformed';
    const ssrc = packet.readUInt32BE(8);
    const known = this.#rtp.get(ssrc);
    const index = rtpIndex(packet.readUInt16BE(2), known?.highest ?? -1);
    if (index < 0 || known?.has(index) === true) return 'replayed';
    if (known === undefined && this.#rtp.size >= maxSources) return 'malformed';
    const sizeBytes = this.#cipher.openRtp(packet, headerSizeBytes, index);
    if (sizeBytes < 0) return 'notAuthentic';
    windowOf(this.#rtp, ssrc, known).add(index);
    return packet.subarray(0, sizeBytes);
  }

  /** Opens the packet where it lies. */
  unprotectRtcp(packet: Buffer): Buffer | SrtpProblem {
    const { tagSizeBytes, kind } = this.#cipher.profile;
    if (packet.length < rtcpHeaderSizeBytes + tagSizeBytes + rtcpIndexSizeBytes || packet[0]! >> 6 !== 2)
      return 'malformed';
    // The index is before the tag of HMAC, and after that of GCM.
    const indexAt = packet.length - rtcpIndexSizeBytes - (kind === 'aes128CmSha1' ? tagSizeBytes : 0);
    const word = packet.readUInt32BE(indexAt);
    // All that the relay takes is encrypted.
    if (word < 0x80000000) return 'malformed';
    const index = word - 0x80000000;
    const ssrc = packet.readUInt32BE(4);
    const known = this.#rtcp.get(ssrc);
    if (known?.has(index) === true) return 'replayed';
    if (known === undefined && this.#rtcp.size >= maxSources) return 'malformed';
    const sizeBytes = this.#cipher.openRtcp(packet, index);
    if (sizeBytes < 0) return 'notAuthentic';
    windowOf(this.#rtcp, ssrc, known).add(index);
    return packet.subarray(0, sizeBytes);
  }
}

function windowOf(
  windows: Map<number, ReplayWindow>,
  ssrc: number,
  known: ReplayWindow | undefined,
): ReplayWindow {
  if (known !== undefined) return known;
  const added = new ReplayWindow();
  windows.set(ssrc, added);
  return added;
}
