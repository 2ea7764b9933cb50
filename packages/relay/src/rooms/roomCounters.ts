/** What group calls count: plain numbers that name nobody. */
export interface RoomCounters {
  /** At present. */
  rooms: number;
  seats: number;
  /** Seats with a connection that is alive. */
  connectedSeats: number;
  /** Since the relay was started. */
  roomSeats: number;
  lostSeats: number;
  refusedRequests: number;
  receivedPackets: number;
  receivedBytes: number;
  sentPackets: number;
  sentBytes: number;
  /** Sent again because a receiver asked. */
  resentPackets: number;
  /** Sent to find out whether there is room for more. */
  probePackets: number;
  /** Picture-loss requests: of receivers, and those passed on to senders. */
  pictureRequests: number;
  pictureRequestsSent: number;
  /** No RTP or RTCP, or none that this seat may send. */
  droppedMalformed: number;
  /** Of a line that was not declared, or of another's SSRC. */
  droppedUnknown: number;
  /** Replayed, or too late to be of use. */
  droppedLate: number;
  /** Beyond what a source or seat may send. */
  droppedSeatRate: number;
  /** What a transport did not take. */
  droppedUnsent: number;
}

export function createRoomCounters(): RoomCounters {
  return {
    rooms: 0,
    seats: 0,
    connectedSeats: 0,
    roomSeats: 0,
    lostSeats: 0,
    refusedRequests: 0,
    receivedPackets: 0,
    receivedBytes: 0,
    sentPackets: 0,
    sentBytes: 0,
    resentPackets: 0,
    probePackets: 0,
    pictureRequests: 0,
    pictureRequestsSent: 0,
    droppedMalformed: 0,
    droppedUnknown: 0,
    droppedLate: 0,
    droppedSeatRate: 0,
    droppedUnsent: 0,
  };
}
