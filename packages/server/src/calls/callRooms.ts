/**
 * The rooms of group calls (spec/callSeats.md §Seats): who has a seat in which call, where the room is, and
 * who is told. In memory only. Invariants: one room for a conversation and call id; a join id is of the device that
 * first named it; every seat's device was a member of the conversation when it opened the seat, and loses it in the
 * turn of the event loop in which a commit that removes it is stored.
 */
import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { limits } from '@sotto/protocol';
import { done, type Outcome, refused } from '../outcome.ts';
import type { Clock, Random } from '../ports.ts';
import type { CallEngine, EngineEvent, SeatQuestion, SeatTicket } from './callEngine.ts';

export interface CallPlace {
  readonly conversationId: ConversationId;
  /** Hexadecimal. */
  readonly callId: string;
}

interface SeatOwner {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
}

/** A room as devices see it. */
export interface ShownRoom {
  readonly callId: string;
  readonly openedAtMs: number;
  readonly revision: number;
  readonly seats: readonly (SeatOwner & { readonly joinId: string })[];
}

interface CallRoomsPorts {
  readonly engine: CallEngine;
  readonly clock: Clock;
  readonly random: Random;
  /** The rooms of a conversation are others than before; `devices` says to how many devices this goes. */
  readonly announce: (conversationId: ConversationId, rooms: readonly ShownRoom[]) => void;
  readonly countReaders: (conversationId: ConversationId) => number;
  /** For the seat's device alone. */
  readonly tell: (deviceId: DeviceId, event: SeatEventBytes) => void;
}

export interface SeatEventBytes {
  readonly callId: string;
  readonly joinId: string;
  readonly event: Uint8Array;
}

interface Seat extends SeatOwner {
  readonly joinId: string;
  /** What the relay said last: for a device that was not connected then. */
  event: Uint8Array | null;
}

interface Room extends CallPlace {
  readonly openedAtMs: number;
  /** The engine's name for it; null: on no relay at present. */
  id: string | null;
  revision: number;
  readonly seats: Map<string, Seat>;
  /** Whose each join id is that was ever named. */
  readonly joins: Map<string, DeviceId>;
  cancelWaiting: (() => void) | null;
}

type OpenError = 'calls_off' | 'unavailable' | 'seat_taken' | 'too_many';

const roomIdSizeBytes = 16;
/** Of one conversation that one account is in: the rest is for others, who could else not call. */
const roomsPerAccount = 2;
/** Changes of one conversation's rooms within this are told at once. */
const announceAfterMs = 250;
/** Lists of seats that are sent in a second for one conversation, at most: large calls in large groups are told later. */
const seatsToldPerMs = 200;
const maxAnnounceAfterMs = 5_000;
/** A room for which no relay comes. */
const waitForRelayMs = 60_000;
const retryAfterMs = 1_000;
/** Join ids that one room remembers. */
const maxJoins = 4_096;

export class CallRooms {
  readonly #ports: CallRoomsPorts;
  readonly #byConversation = new Map<ConversationId, Map<string, Room>>();
  readonly #byId = new Map<string, Room>();
  readonly #seatsPerAccount = new Map<AccountId, number>();
  readonly #announcing = new Map<ConversationId, () => void>();
  #lastRevision = 0;

  constructor(ports: CallRoomsPorts) {
    this.#ports = ports;
    ports.engine.listen((event) => this.#engineTold(event));
  }

  /** At present. */
  get roomCount(): number {
    let rooms = 0;
    for (const { size } of this.#byConversation.values()) rooms += size;
    return rooms;
  }

  get seatCount(): number {
    let seats = 0;
    for (const count of this.#seatsPerAccount.values()) seats += count;
    return seats;
  }

  /** A seat for a device that is a member, or another ticket for the one that it has. */
  open(
    place: CallPlace,
    joinId: string,
    owner: SeatOwner,
  ): Outcome<SeatTicket & { readonly revision: number }, OpenError> {
    if (!this.#ports.engine.isOn) return refused('calls_off');
    const present = this.#find(place);
    const boundTo = present?.joins.get(joinId);
    if (boundTo !== undefined && boundTo !== owner.deviceId) return refused('seat_taken');
    const isThere = present?.seats.has(joinId) === true;
    const tooMany = isThere ? null : this.#refuseTooMany(place, present, owner);
    if (tooMany !== null) return tooMany;
    const room = present ?? this.#create(place);
    const ticket = room?.id == null ? null : this.#ports.engine.openSeat({ roomId: room.id, joinId });
    if (room === null || ticket === null) {
      if (room?.seats.size === 0) this.#forget(room);
      return refused('unavailable', { retryAfterMs });
    }
    if (!isThere) this.#add(room, { ...owner, joinId, event: null });
    return done({ ...ticket, revision: room.revision });
  }

  /** Whether the ticket is for a seat of this device in this call, on the relay where the room is now. */
  admits(place: CallPlace, deviceId: DeviceId, ticket: Uint8Array): boolean {
    const seat = this.#ports.engine.readTicket(ticket);
    const room = this.#find(place);
    if (seat === null || room === null) return false;
    return room.id === seat.roomId && room.seats.get(seat.joinId)?.deviceId === deviceId;
  }

  /** Hands a request to the relay of the call, with a ticket that `admits`. */
  async ask(place: CallPlace, question: SeatQuestion): Promise<Outcome<Uint8Array, 'unavailable'>> {
    const roomId = this.#find(place)?.id ?? null;
    if (roomId === null) return refused('unavailable', { retryAfterMs });
    const outcome = await this.#ports.engine.ask(roomId, question);
    return outcome.kind === 'answered' ? done(outcome.answer) : refused('unavailable', { retryAfterMs });
  }

  /** The device leaves. */
  close(place: CallPlace, joinId: string, deviceId: DeviceId): void {
    const room = this.#find(place);
    if (room?.seats.get(joinId)?.deviceId === deviceId) this.#end(room, joinId);
  }

  /** These devices are no members any more. */
  removeMembers(conversationId: ConversationId, devices: readonly DeviceId[]): void {
    for (const room of this.#roomsOf(conversationId)) this.#endSeatsOf(room, devices);
  }

  /** These devices are in no account any more. */
  removeDevices(devices: readonly DeviceId[]): void {
    for (const rooms of [...this.#byConversation.values()])
      for (const room of [...rooms.values()]) this.#endSeatsOf(room, devices);
  }

  /** What a device sees that is a member. */
  roomsOf(conversationId: ConversationId): readonly ShownRoom[] {
    return this.#roomsOf(conversationId).map(({ callId, openedAtMs, revision, seats }) => ({
      callId,
      openedAtMs,
      revision,
      seats: [...seats.values()].map(({ accountId, deviceId, joinId }) => ({ accountId, deviceId, joinId })),
    }));
  }

  /** What the relay said last to the seats of a device. */
  eventsOf(conversationId: ConversationId, deviceId: DeviceId): readonly SeatEventBytes[] {
    return this.#roomsOf(conversationId).flatMap(({ callId, seats }) =>
      [...seats.values()].flatMap((seat) =>
        seat.deviceId === deviceId && seat.event !== null
          ? [{ callId, joinId: seat.joinId, event: seat.event }]
          : [],
      ),
    );
  }

  /** Tells nobody anything any more. */
  stop(): void {
    for (const cancel of this.#announcing.values()) cancel();
    this.#announcing.clear();
    for (const rooms of this.#byConversation.values())
      for (const { cancelWaiting } of rooms.values()) cancelWaiting?.();
    this.#byConversation.clear();
    this.#byId.clear();
    this.#seatsPerAccount.clear();
  }

  #find({ conversationId, callId }: CallPlace): Room | null {
    return this.#byConversation.get(conversationId)?.get(callId) ?? null;
  }

  #roomsOf(conversationId: ConversationId): Room[] {
    return [...(this.#byConversation.get(conversationId)?.values() ?? [])];
  }

  #refuseTooMany({ conversationId }: CallPlace, room: Room | null, { accountId }: SeatOwner) {
    const others = room === null ? this.#roomsOf(conversationId) : [];
    const own = others.filter(({ seats }) => seats.values().some((seat) => seat.accountId === accountId));
    const counts = [
      [this.#seatsPerAccount.get(accountId) ?? 0, limits.callSeatsPerAccount],
      [room?.seats.size ?? 0, limits.seatsPerCallRoom],
      [others.length, limits.callRoomsPerConversation],
      [own.length, roomsPerAccount],
    ] as const;
    const met = counts.find(([count, limit]) => count >= limit);
    return met === undefined ? null : refused('too_many', { limit: met[1] });
  }

  #create(place: CallPlace): Room | null {
    const room: Room = {
      ...place,
      openedAtMs: this.#ports.clock.nowMs(),
      id: null,
      revision: 0,
      seats: new Map(),
      joins: new Map(),
      cancelWaiting: null,
    };
    if (!this.#place(room)) return null;
    const rooms = this.#byConversation.get(place.conversationId) ?? new Map<string, Room>();
    this.#byConversation.set(place.conversationId, rooms.set(place.callId, room));
    return room;
  }

  /** Gives the room a relay and another revision. */
  #place(room: Room): boolean {
    const id = Buffer.from(this.#ports.random.bytes(roomIdSizeBytes)).toString('base64url');
    if (!this.#ports.engine.createRoom(id)) return false;
    room.id = id;
    this.#byId.set(id, room);
    // By the clock, so that it rises over restarts too.
    this.#lastRevision = Math.max(this.#lastRevision + 1, this.#ports.clock.nowMs());
    room.revision = this.#lastRevision;
    room.cancelWaiting?.();
    room.cancelWaiting = null;
    return true;
  }

  #add(room: Room, seat: Seat): void {
    if (room.joins.size >= maxJoins) room.joins.delete(room.joins.keys().next().value!);
    room.joins.set(seat.joinId, seat.deviceId);
    room.seats.set(seat.joinId, seat);
    this.#seatsPerAccount.set(seat.accountId, (this.#seatsPerAccount.get(seat.accountId) ?? 0) + 1);
    this.#changed(room);
  }

  #endSeatsOf(room: Room, devices: readonly DeviceId[]): void {
    for (const { joinId, deviceId } of [...room.seats.values()])
      if (devices.includes(deviceId)) this.#end(room, joinId);
  }

  #end(room: Room, joinId: string): void {
    const { engine } = this.#ports;
    if (room.id !== null) engine.closeSeat({ roomId: room.id, joinId });
    this.#seatGone(room, joinId);
  }

  #seatGone(room: Room, joinId: string): void {
    const seat = room.seats.get(joinId);
    if (seat === undefined) return;
    room.seats.delete(joinId);
    const left = (this.#seatsPerAccount.get(seat.accountId) ?? 1) - 1;
    if (left === 0) this.#seatsPerAccount.delete(seat.accountId);
    else this.#seatsPerAccount.set(seat.accountId, left);
    if (room.seats.size === 0) this.#forget(room);
    this.#changed(room);
  }

  #forget(room: Room): void {
    const { conversationId, callId, id } = room;
    const rooms = this.#byConversation.get(conversationId);
    rooms?.delete(callId);
    if (rooms?.size === 0) this.#byConversation.delete(conversationId);
    room.cancelWaiting?.();
    if (id === null) return;
    this.#byId.delete(id);
    this.#ports.engine.closeRoom(id);
  }

  #changed({ conversationId, seats }: Room): void {
    if (this.#announcing.has(conversationId)) return;
    const told = seats.size * this.#ports.countReaders(conversationId);
    const delayMs = Math.min(maxAnnounceAfterMs, Math.max(announceAfterMs, told / seatsToldPerMs));
    this.#announcing.set(
      conversationId,
      this.#ports.clock.schedule(delayMs, () => this.#announce(conversationId)),
    );
  }

  #announce(conversationId: ConversationId): void {
    this.#announcing.get(conversationId)?.();
    this.#announcing.delete(conversationId);
    this.#ports.announce(conversationId, this.roomsOf(conversationId));
  }

  #engineTold(event: EngineEvent): void {
    switch (event.kind) {
      case 'seat':
        this.#seatTold(event.roomId, event.joinId, event.event);
        return;
      case 'lost': {
        const room = this.#byId.get(event.roomId);
        if (room !== undefined) this.#seatGone(room, event.joinId);
        return;
      }
      case 'roomLost': {
        const room = this.#byId.get(event.roomId);
        if (room !== undefined) this.#moveElsewhere(room, event.roomId);
        return;
      }
      case 'available': {
        for (const rooms of [...this.#byConversation.values()])
          for (const room of [...rooms.values()]) if (room.id === null) this.#settle(room);
        return;
      }
    }
  }

  #seatTold(roomId: string, joinId: string, event: Uint8Array): void {
    const room = this.#byId.get(roomId);
    const seat = room?.seats.get(joinId);
    if (room === undefined || seat === undefined) return;
    seat.event = event;
    this.#ports.tell(seat.deviceId, { callId: room.callId, joinId, event });
  }

  #moveElsewhere(room: Room, lostId: string): void {
    this.#byId.delete(lostId);
    room.id = null;
    for (const seat of room.seats.values()) seat.event = null;
    this.#settle(room);
    if (room.id === null)
      room.cancelWaiting = this.#ports.clock.schedule(waitForRelayMs, () => {
        for (const joinId of [...room.seats.keys()]) this.#seatGone(room, joinId);
      });
  }

  /** Places a room that has seats and no relay, and says so at once. */
  #settle(room: Room): void {
    if (!this.#place(room)) return;
    for (const joinId of room.seats.keys()) this.#ports.engine.openSeat({ roomId: room.id!, joinId });
    this.#announce(room.conversationId);
  }
}
