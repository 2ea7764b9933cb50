/** What the media port counts: plain numbers that name nobody. */
export interface MediaCounters {
  /** At present. */
  seats: number;
  connectedSeats: number;
  /** Since it was started. Packets of RTP and RTCP, with bytes as they are on the network. */
  receivedPackets: number;
  receivedBytes: number;
  sentPackets: number;
  sentBytes: number;
  answeredChecks: number;
  handshakes: number;
  failedHandshakes: number;
  /** What came in and is none of STUN, DTLS, SRTP or SRTCP as they are to be. */
  droppedMalformed: number;
  /** Of nobody who was let in, or not under the keys of who was. */
  droppedNotAuthentic: number;
  droppedReplayed: number;
  /** For a TCP connection that does not take what it gets. */
  droppedBacklog: number;
  /** Checks and handshakes beyond what one source may ask. */
  droppedFlood: number;
}

export function createMediaCounters(): MediaCounters {
  return {
    seats: 0,
    connectedSeats: 0,
    receivedPackets: 0,
    receivedBytes: 0,
    sentPackets: 0,
    sentBytes: 0,
    answeredChecks: 0,
    handshakes: 0,
    failedHandshakes: 0,
    droppedMalformed: 0,
    droppedNotAuthentic: 0,
    droppedReplayed: 0,
    droppedBacklog: 0,
    droppedFlood: 0,
  };
}
