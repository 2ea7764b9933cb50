/** What SRTP needs to know of RTP (RFC 3550 §5.1) and RTCP packets (§6.1). */

const smallestRtpHeaderBytes = 12;
/** Of the first packet in a compound one: what stays readable (RFC 3711 §3.4). */
export const rtcpHeaderSizeBytes = 8;

/** The header with CSRCs and extensions; -1: no RTP packet. */
export function rtpHeaderSize(packet: Buffer): number {
  if (packet.length < smallestRtpHeaderBytes || packet[0]! >> 6 !== 2) return -1;
  let size = smallestRtpHeaderBytes + (packet[0]! & 0x0f) * 4;
  if ((packet[0]! & 0x10) !== 0) {
    if (packet.length < size + 4) return -1;
    size += 4 + packet.readUInt16BE(size + 2) * 4;
  }
  return size <= packet.length ? size : -1;
}

/** Whether a packet on the port that both share is RTCP (RFC 5761 §4). */
export function isRtcp(packet: Buffer): boolean {
  const type = packet[1] ?? 0;
  return type >= 192 && type <= 223;
}

/**
 * The index, roll-overs and sequence number, that is nearest to the highest one (RFC 3711 §3.3.1, appendix A); negative:
 * before the first. `highest` is -1 before that.
 */
export function rtpIndex(sequenceNumber: number, highest: number): number {
  if (highest < 0) return sequenceNumber;
  const distance = (sequenceNumber - (highest % 0x10000) + 0x18000) % 0x10000;
  return highest + distance - 0x8000;
}
