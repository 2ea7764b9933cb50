/**
 * The server's end of the control of one relay (spec/callSeats.md §Between server and relay), whatever carries it: the
 * rooms that were placed there, and what is asked and told. Invariants: a room is lost once, when its relay is gone or
 * came back as another; what is asked is answered once, if only by null.
 */
import { limits } from '@sotto/protocol';
import type { RoomEvent, SeatName } from '../rooms/roomHost.ts';
import { createSeatTicket } from '../rooms/seatTicket.ts';
import {
  decodeRelayReply,
  encodeServerMessage,
  type RelayReport,
  type ServerMessage,
} from './controlMessage.ts';

export type LinkEvent =
  | RoomEvent
  /** The relay that had it is gone. */
  | { readonly kind: 'roomLost'; readonly roomId: string }
  /** It can take rooms (again). */
  | { readonly kind: 'available' };

type Send = (frame: Uint8Array) => void;

const answerAfterMs = 5_000;
/** Requests that wait for one relay. */
const maxAsked = 2_000;

export class RelayLink {
  /** What tickets are made with. */
  readonly secret: string;
  #told: (event: LinkEvent) => void = () => {};
  #instance: string | null = null;
  #send: Send | null = null;
  #report: RelayReport = { cpuShare: 0, counters: {} };
  #nextId = 0;
  readonly #rooms = new Map<string, Set<string>>();
  readonly #asked = new Map<number, (answer: Uint8Array | null) => void>();

  constructor(secret: string) {
    this.secret = secret;
  }

  listen(told: (event: LinkEvent) => void): void {
    this.#told = told;
  }

  /** Whether rooms can be placed there now. */
  get isAvailable(): boolean {
    return this.#send !== null;
  }

  /** What was placed there and is still there: known before the relay says so. */
  get load(): { readonly cpuShare: number; readonly rooms: number; readonly seats: number } {
    let seats = 0;
    for (const { size } of this.#rooms.values()) seats += size;
    return { cpuShare: this.#report.cpuShare, rooms: this.#rooms.size, seats };
  }

  /** What the relay counted, by name. */
  get counters(): RelayReport['counters'] {
    return this.#report.counters;
  }

  has(roomId: string): boolean {
    return this.#rooms.has(roomId);
  }

  createRoom(roomId: string): void {
    this.#rooms.set(roomId, new Set());
  }

  /** A ticket for the seat, which is opened with the first; null where the relay does not have the room. */
  openSeat({
    roomId,
    joinId,
  }: SeatName): { readonly ticket: Uint8Array; readonly expiresAtMs: number } | null {
    const seats = this.#rooms.get(roomId);
    if (seats === undefined || this.#instance === null) return null;
    seats.add(joinId);
    this.#tell({ kind: 'openSeat', roomId, joinId });
    const expiresAtMs = Date.now() + limits.callTicketLifetimeMs;
    const claims = { roomId, joinId, instance: this.#instance, expiresAtMs };
    return { ticket: createSeatTicket(this.secret, claims), expiresAtMs };
  }

  closeSeat({ roomId, joinId }: SeatName): void {
    if (this.#rooms.get(roomId)?.delete(joinId) === true) this.#tell({ kind: 'closeSeat', roomId, joinId });
  }

  closeRoom(roomId: string): void {
    if (this.#rooms.delete(roomId)) this.#tell({ kind: 'closeRoom', roomId });
  }

  /** An encoded SeatAnswer; null where none comes. */
  ask(ticket: Uint8Array, request: Uint8Array, addresses: readonly string[]): Promise<Uint8Array | null> {
    if (this.#send === null || this.#asked.size >= maxAsked) return Promise.resolve(null);
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(null), answerAfterMs);
      const settle = (answer: Uint8Array | null) => {
        clearTimeout(timer);
        this.#asked.delete(id);
        resolve(answer);
      };
      this.#asked.set(id, settle);
      this.#tell({ kind: 'ask', id, nowMs: Date.now(), ticket, request, addresses });
    });
  }

  /** The relay is reached by `send`. Where it is another run of it than before, the rooms of that are lost. */
  up(instance: string, send: Send): void {
    if (this.#instance !== null && this.#instance !== instance) this.down();
    this.#instance = instance;
    this.#send = send;
    const rooms = [...this.#rooms].map(([roomId, seats]) => [roomId, [...seats]] as const);
    this.#tell({ kind: 'seats', rooms });
    this.#told({ kind: 'available' });
  }

  /** It is not reached at present; its rooms may be there still. */
  away(): void {
    this.#send = null;
    for (const settle of [...this.#asked.values()]) settle(null);
  }

  /** It is gone, and its rooms with it. */
  down(): void {
    this.away();
    this.#instance = null;
    this.#report = { ...this.#report, cpuShare: 0 };
    const lost = [...this.#rooms.keys()];
    this.#rooms.clear();
    for (const roomId of lost) this.#told({ kind: 'roomLost', roomId });
  }

  /** False where the frame is no reply: such a relay is not to be listened to. */
  receive(frame: Uint8Array): boolean {
    const reply = decodeRelayReply(frame);
    if (reply === null) return false;
    switch (reply.kind) {
      case 'answer':
        this.#asked.get(reply.id)?.(reply.answer);
        break;
      case 'seat':
        if (this.#rooms.get(reply.roomId)?.has(reply.joinId) === true) this.#told(reply);
        break;
      case 'lost':
        if (this.#rooms.get(reply.roomId)?.delete(reply.joinId) === true) this.#told(reply);
        break;
      case 'report':
        this.#report = reply;
        break;
      case 'ending':
        this.down();
        break;
    }
    return true;
  }

  #tell(message: ServerMessage): void {
    this.#send?.(encodeServerMessage(message));
  }
}
