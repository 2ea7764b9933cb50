/** What the relay counts: plain numbers that name nobody. */
export interface RelayCounters {
  /** At present. */
  allocations: number;
  tcpConnections: number;
  /** Since it was started. */
  forwardedPackets: number;
  forwardedBytes: number;
  answeredBindings: number;
  allocated: number;
  /** Requests that were answered with an error. */
  refusedRequests: number;
  /** What came in and is none of STUN, TURN or a channel that is there. */
  droppedMalformed: number;
  /** To nobody: no such allocation, of another call, or no permission. */
  droppedUnreachable: number;
  /** Beyond what an allocation may send. */
  droppedRate: number;
  /** For a TCP connection that does not take what it gets. */
  droppedBacklog: number;
  /** Requests beyond what one source may ask. */
  droppedFlood: number;
  /** Processor time of the relay's process. */
  cpuMs: number;
}

export function createRelayCounters(): RelayCounters {
  return {
    allocations: 0,
    tcpConnections: 0,
    forwardedPackets: 0,
    forwardedBytes: 0,
    answeredBindings: 0,
    allocated: 0,
    refusedRequests: 0,
    droppedMalformed: 0,
    droppedUnreachable: 0,
    droppedRate: 0,
    droppedBacklog: 0,
    droppedFlood: 0,
    cpuMs: 0,
  };
}
