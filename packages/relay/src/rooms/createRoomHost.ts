/** Rooms of group calls above a `MediaPort`: nothing in here knows of sockets, and time comes from outside. */
import { toBinary } from '@bufbuild/protobuf';
import { type SeatAnswer, SeatAnswerSchema, SeatRefusal } from '@sotto/protocol';
import type { MediaPort } from '../media/mediaTransport.ts';
import { Room } from './room.ts';
import { createRoomCounters, type RoomCounters } from './roomCounters.ts';
import type { RoomHost, RoomHostOptions, SeatName } from './roomHost.ts';
import { defaultRoomLimits, type RoomLimits } from './roomLimits.ts';
import { refused, Seat } from './seat.ts';
import { readSeatRequest } from './seatRequest.ts';
import { isSeatName, readSeatTicket } from './seatTicket.ts';

const leaseCheckEveryMs = 500;

export function createRoomHost(options: RoomHostOptions, media: MediaPort): RoomHost {
  return new Rooms(options, media);
}

class Rooms implements RoomHost {
  readonly counters: RoomCounters = createRoomCounters();
  readonly #options: RoomHostOptions;
  readonly #media: MediaPort;
  readonly #limits: RoomLimits;
  readonly #rooms = new Map<string, Room>();
  #checkAtMs = 0;

  constructor(options: RoomHostOptions, media: MediaPort) {
    this.#options = options;
    this.#media = media;
    this.#limits = { ...defaultRoomLimits, ...options.limits };
  }

  openSeat(name: SeatName): boolean {
    const { roomId, joinId } = name;
    const room = this.#rooms.get(roomId);
    if (!isSeatName(name)) return false;
    if (room?.seats.has(joinId)) return true;
    const { counters } = this;
    const isFull = room === undefined ? counters.rooms >= this.#limits.rooms : this.#isFull(room);
    if (isFull || counters.seats >= this.#limits.seats) return false;
    this.#seat(room ?? this.#addRoom(roomId), { roomId, joinId });
    return true;
  }

  #isFull({ seats }: Room): boolean {
    return seats.size >= this.#limits.seatsPerRoom;
  }

  #addRoom(roomId: string): Room {
    const room = new Room(this.#options.told);
    this.#rooms.set(roomId, room);
    this.counters.rooms += 1;
    return room;
  }

  #seat(room: Room, name: SeatName): void {
    const seat = new Seat({
      name,
      media: this.#media,
      limits: this.#limits,
      counters: this.counters,
      watchersOf: (joinId, kind) => room.watchersOf(joinId, kind),
      maySend: () => room.senders < this.#limits.sendersPerRoom,
      nowMs: this.#options.nowMs,
    });
    room.seats.set(name.joinId, seat);
    this.counters.seats += 1;
    this.counters.roomSeats += 1;
  }

  ask(
    ticket: Uint8Array,
    request: Uint8Array,
    wallMs: number,
    addresses: readonly string[] = [],
  ): Uint8Array {
    const answer = this.#answer(ticket, request, wallMs, addresses);
    if (answer.kind.case === 'refused') this.counters.refusedRequests += 1;
    return toBinary(SeatAnswerSchema, answer);
  }

  #answer(ticket: Uint8Array, request: Uint8Array, wallMs: number, addresses: readonly string[]): SeatAnswer {
    const { secret, instance, nowMs } = this.#options;
    const claims = readSeatTicket(secret, ticket, wallMs);
    if (claims === null || claims.instance !== instance) return refused(SeatRefusal.TICKET);
    const room = this.#rooms.get(claims.roomId);
    const seat = room?.seats.get(claims.joinId);
    if (room === undefined || seat === undefined) return refused(SeatRefusal.NO_SEAT);
    if (!seat.requests.take(1, nowMs())) return refused(SeatRefusal.TOO_MANY);
    const asked = readSeatRequest(request);
    if (asked === null) return refused(SeatRefusal.MALFORMED);
    if (asked.kind === 'connect') return seat.connect(asked, addresses);
    room.hurry();
    return seat.watch(asked);
  }

  closeSeat({ roomId, joinId }: SeatName): void {
    const room = this.#rooms.get(roomId);
    const seat = room?.seats.get(joinId);
    if (room === undefined || seat === undefined) return;
    seat.close();
    room.seats.delete(joinId);
    this.counters.seats -= 1;
    if (room.seats.size > 0) return;
    this.#rooms.delete(roomId);
    this.counters.rooms -= 1;
  }

  closeRoom(roomId: string): void {
    for (const seat of [...(this.#rooms.get(roomId)?.seats.values() ?? [])]) this.closeSeat(seat.name);
  }

  sweep(): void {
    const nowMs = this.#options.nowMs();
    if (nowMs >= this.#checkAtMs) {
      this.#checkAtMs = nowMs + leaseCheckEveryMs;
      this.#checkLeases(nowMs);
    }
    for (const room of this.#rooms.values()) room.sweep(nowMs);
  }

  #checkLeases(nowMs: number): void {
    let connected = 0;
    for (const room of [...this.#rooms.values()]) {
      for (const seat of [...room.seats.values()]) {
        if (seat.isConnected) connected += 1;
        if (!seat.isLost(nowMs)) continue;
        this.closeSeat(seat.name);
        this.counters.lostSeats += 1;
        this.#options.told({ kind: 'lost', ...seat.name });
      }
    }
    this.counters.connectedSeats = connected;
  }

  close(): void {
    for (const roomId of [...this.#rooms.keys()]) this.closeRoom(roomId);
  }
}
