import type { StunMessage } from '../stun/stunMessage.ts';

/** A way to a peer as its transport sees it: the other end of datagrams, or a TCP connection. */
export interface MediaPath {
  readonly address: string;
  readonly port: number;
  /** Whoever sends by it also gets what is sent to it: a connection. Datagrams may come from a forged address. */
  readonly isConnection: boolean;
  /** Whose packets come by it. */
  readonly seat: PathUser | null;
  /**
   * Sends `bytes` from `start` to `end`, which nobody writes to afterwards; up to two bytes before `start` may be written
   * to, for the header of a stream (RFC 4571). False where it was dropped.
   */
  send(bytes: Buffer, start: number, end: number): boolean;
  keepSeat(seat: PathUser): void;
  releaseSeat(): void;
}

export interface PathUser {
  receive(path: MediaPath, bytes: Buffer, nowMs: number): void;
  /** False: to nothing that was asked. */
  answer(path: MediaPath, answer: StunMessage): boolean;
  /** The path is gone, or another's. */
  lost(path: MediaPath): void;
}
