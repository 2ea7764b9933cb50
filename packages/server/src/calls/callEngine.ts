/** The port to whatever forwards the media of group calls (spec/callSeats.md §Seats). */
import type { RoomEvent, SeatName } from '@sotto/relay';

/**
 * One or more relays that rooms are placed on. Its commands are answered from memory: nothing here waits for a relay
 * but `ask`. A room's id is used once.
 */
export interface CallEngine {
  /** False: there are no group calls on this server. */
  readonly isOn: boolean;
  /** Places a new room on the relay with the least load; false where none can take it now. */
  createRoom(roomId: string): boolean;
  /**
   * A ticket for a seat of a room, which is made with the first, and is a lease: `lost` is told where no page comes.
   * The same seat again gives another ticket. Null where the room is on no relay any more.
   */
  openSeat(seat: SeatName): SeatTicket | null;
  /** For which seat a ticket is; null where it was not made here, or is over. */
  readTicket(ticket: Uint8Array): SeatName | null;
  /** What a page asks of the room's relay, which reads the ticket for itself. */
  ask(roomId: string, asked: SeatQuestion): Promise<AskOutcome>;
  /** Nothing is told of a seat, or the seats of a room, that is closed. */
  closeSeat(seat: SeatName): void;
  closeRoom(roomId: string): void;
  /** To be called once, before anything else. */
  listen(told: (event: EngineEvent) => void): void;
}

export interface SeatTicket {
  readonly ticket: Uint8Array;
  readonly expiresAtMs: number;
}

export interface SeatQuestion {
  readonly ticket: Uint8Array;
  readonly request: Uint8Array;
  /** By which the page's device reached the server; null: not known. */
  readonly host: string | null;
}

export type AskOutcome =
  | { readonly kind: 'answered'; readonly answer: Uint8Array }
  /** The relay is gone, or does not answer. */
  | { readonly kind: 'unavailable' };

export type EngineEvent =
  | RoomEvent
  /** The relay that had it is gone: it can be created anew under another id. */
  | { readonly kind: 'roomLost'; readonly roomId: string }
  /** Rooms can be placed (again). */
  | { readonly kind: 'available' };

/** A server without relays. */
export const noCallEngine: CallEngine = {
  isOn: false,
  createRoom: () => false,
  openSeat: () => null,
  readTicket: () => null,
  ask: async () => ({ kind: 'unavailable' }),
  closeSeat() {},
  closeRoom() {},
  listen() {},
};
