/**
 * For tests in virtual time: relays without media. Their tickets and leases are real, and a test says what pages and
 * relays do. Held to the same suite as real relays (`callEngineConformance.ts`).
 */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  limits,
  SeatAnswerSchema,
  SeatEventSchema,
  SeatRefusal,
  type SeatRequest,
  SeatRequestSchema,
} from '@sotto/protocol';
import { createSeatTicket, readSeatTicket, type SeatName } from '@sotto/relay';
import type { AskOutcome, CallEngine, EngineEvent, SeatQuestion, SeatTicket } from '../calls/callEngine.ts';
import type { Clock } from '../ports.ts';

const secret = 'the stand-in for relays';
/** A seat whose page never comes, or is gone. */
const leaseMs = 30_000;

interface StandInSeat {
  cancelLease: (() => void) | null;
  events: number;
}

interface StandInRelay {
  instance: string;
  isRunning: boolean;
  readonly rooms: Map<string, Map<string, StandInSeat>>;
}

export class StandInCallEngine implements CallEngine {
  readonly isOn = true;
  /** What pages asked, in order. */
  readonly asked: { readonly joinId: string; readonly request: SeatRequest }[] = [];
  readonly #clock: Clock;
  readonly #relays: StandInRelay[];
  #told: (event: EngineEvent) => void = () => {};
  #instances = 0;

  constructor(clock: Clock, relays = 1) {
    this.#clock = clock;
    this.#relays = Array.from({ length: relays }, () => ({
      instance: `stand-in-${++this.#instances}`,
      isRunning: true,
      rooms: new Map(),
    }));
  }

  listen(told: (event: EngineEvent) => void): void {
    this.#told = told;
  }

  createRoom(roomId: string): boolean {
    const [relay] = this.#relays
      .filter(({ isRunning }) => isRunning)
      .sort((a, b) => seatCount(a) - seatCount(b) || a.rooms.size - b.rooms.size);
    relay?.rooms.set(roomId, new Map());
    return relay !== undefined;
  }

  openSeat({ roomId, joinId }: SeatName): SeatTicket | null {
    const relay = this.#relayOf(roomId);
    if (relay === undefined) return null;
    const seats = relay.rooms.get(roomId)!;
    if (!seats.has(joinId)) {
      seats.set(joinId, { cancelLease: null, events: 0 });
      this.silence(joinId);
    }
    const expiresAtMs = this.#clock.nowMs() + limits.callTicketLifetimeMs;
    const claims = { roomId, joinId, instance: relay.instance, expiresAtMs };
    return { ticket: createSeatTicket(secret, claims), expiresAtMs };
  }

  readTicket(ticket: Uint8Array): SeatName | null {
    return readSeatTicket(secret, ticket, this.#clock.nowMs());
  }

  async ask(roomId: string, { ticket, request }: SeatQuestion): Promise<AskOutcome> {
    const relay = this.#relayOf(roomId);
    if (relay === undefined) return { kind: 'unavailable' };
    const claims = readSeatTicket(secret, ticket, this.#clock.nowMs());
    if (claims === null || claims.instance !== relay.instance || claims.roomId !== roomId)
      return answered({ case: 'refused', value: { reason: SeatRefusal.TICKET } });
    const seat = relay.rooms.get(roomId)?.get(claims.joinId);
    if (seat === undefined) return answered({ case: 'refused', value: { reason: SeatRefusal.NO_SEAT } });
    const decoded = decodeRequest(request);
    if (decoded?.kind.case === undefined)
      return answered({ case: 'refused', value: { reason: SeatRefusal.MALFORMED } });
    this.asked.push({ joinId: claims.joinId, request: decoded });
    seat.cancelLease?.();
    seat.cancelLease = null;
    if (decoded.kind.case === 'watch') {
      this.tellSeat(claims.joinId, { watchRevision: decoded.kind.value.revision });
      return answered({ case: 'watched', value: {} });
    }
    const receives = decoded.kind.value.receives.map(({ mid }, i) => ({ mid, ssrc: 1000 + i }));
    const local = { iceUfrag: 'standin', icePwd: 'x'.repeat(24), fingerprint: new Uint8Array(32), receives };
    return answered({ case: 'connected', value: local });
  }

  closeSeat({ roomId, joinId }: SeatName): void {
    const seats = this.#relayOf(roomId)?.rooms.get(roomId);
    seats?.get(joinId)?.cancelLease?.();
    seats?.delete(joinId);
  }

  closeRoom(roomId: string): void {
    const relay = this.#relayOf(roomId);
    for (const joinId of relay?.rooms.get(roomId)?.keys() ?? []) this.closeSeat({ roomId, joinId });
    relay?.rooms.delete(roomId);
  }

  /** Nothing comes from the seat's page any more: the seat is lost when its lease is over, unless it asks again. */
  silence(joinId: string): void {
    const found = this.#find(joinId);
    if (found === null) return;
    const { seat, roomId } = found;
    seat.cancelLease?.();
    seat.cancelLease = this.#clock.schedule(leaseMs, () => {
      this.closeSeat({ roomId, joinId });
      this.#told({ kind: 'lost', roomId, joinId });
    });
  }

  /** What the relay tells the seat's page. */
  tellSeat(joinId: string, event: { readonly watchRevision?: number } = {}): void {
    const found = this.#find(joinId);
    if (found === null) return;
    found.seat.events += 1;
    const fields = { number: BigInt(found.seat.events), ...event };
    const encoded = toBinary(SeatEventSchema, create(SeatEventSchema, fields));
    this.#told({ kind: 'seat', roomId: found.roomId, joinId, event: encoded });
  }

  /** A relay dies: all of them, unless it is said which. */
  kill(which = this.#relays.map((_, i) => i)): void {
    const lost = which.flatMap((i) => {
      const relay = this.#relays[i]!;
      const rooms = [...relay.rooms.keys()];
      for (const roomId of rooms) this.closeRoom(roomId);
      relay.isRunning = false;
      return rooms;
    });
    for (const roomId of lost) this.#told({ kind: 'roomLost', roomId });
  }

  /** Those that died are there again. */
  restart(): void {
    for (const relay of this.#relays.filter(({ isRunning }) => !isRunning)) {
      relay.isRunning = true;
      relay.instance = `stand-in-${++this.#instances}`;
    }
    this.#told({ kind: 'available' });
  }

  /** Which relay has the room. */
  relayOf(roomId: string): number {
    return this.#relays.findIndex(({ rooms }) => rooms.has(roomId));
  }

  /** How many rooms are on each relay. */
  get roomsByRelay(): readonly number[] {
    return this.#relays.map(({ rooms }) => rooms.size);
  }

  #relayOf(roomId: string): StandInRelay | undefined {
    return this.#relays.find(({ rooms }) => rooms.has(roomId));
  }

  #find(joinId: string): { readonly roomId: string; readonly seat: StandInSeat } | null {
    for (const { rooms } of this.#relays)
      for (const [roomId, seats] of rooms) {
        const seat = seats.get(joinId);
        if (seat !== undefined) return { roomId, seat };
      }
    return null;
  }
}

function seatCount({ rooms }: StandInRelay): number {
  let count = 0;
  for (const seats of rooms.values()) count += seats.size;
  return count;
}

function decodeRequest(request: Uint8Array): SeatRequest | null {
  try {
    return fromBinary(SeatRequestSchema, request);
  } catch {
    return null;
  }
}

function answered(kind: NonNullable<MessageInitShape<typeof SeatAnswerSchema>['kind']>): AskOutcome {
  return { kind: 'answered', answer: toBinary(SeatAnswerSchema, create(SeatAnswerSchema, { kind })) };
}
