/** What the relay's process asks of group calls (spec/rooms.md), and is told by them. */
import type { RoomCounters } from './roomCounters.ts';
import type { RoomLimits } from './roomLimits.ts';

/** The rooms of one relay: calls, seats in them, and what is forwarded between. */
export interface RoomHost {
  readonly counters: RoomCounters;
  /**
   * The server lets somebody in, and makes the room with the first. From now on it is a lease: `lost` is told where
   * nothing connects. True again for a seat that is there already; false where the room or the relay is full.
   */
  openSeat(seat: SeatName): boolean;
  /**
   * What a page asks, as it came: a SeatRequest. The answer is an encoded SeatAnswer, refusals too; it never throws.
   * `wallMs` is the time of the server that made the ticket, in milliseconds since 1970: by it the ticket is judged.
   * `addresses` are the IP addresses to be announced to this page in place of the relay's own; none: its own.
   */
  ask(ticket: Uint8Array, request: Uint8Array, wallMs: number, addresses?: readonly string[]): Uint8Array;
  /** Ends a seat at once; nothing is told. */
  closeSeat(seat: SeatName): void;
  closeRoom(roomId: string): void;
  /** Feedback, reports, leases, events: to be called every 10 to 25 ms. */
  sweep(): void;
  close(): void;
}

export interface SeatName {
  /** The server's name for it, up to 64 characters: opaque here. */
  readonly roomId: string;
  /** 16 hexadecimal digits: 8 bytes. */
  readonly joinId: string;
}

export interface RoomHostOptions {
  /** What relay and server share: tickets are made with it. */
  readonly secret: string;
  /** This run of this relay, up to 64 characters: tickets for another are refused. */
  readonly instance: string;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  readonly told: (event: RoomEvent) => void;
  readonly limits?: Partial<RoomLimits>;
}

export type RoomEvent =
  /** For the seat's page: an encoded SeatEvent. */
  | ({ readonly kind: 'seat'; readonly event: Uint8Array } & SeatName)
  /** Nothing came from its page for too long, or none ever connected. It is no seat any more. */
  | ({ readonly kind: 'lost' } & SeatName);
