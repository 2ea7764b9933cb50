/**
 * The relay's end of its servers' control (spec/callSeats.md §Between server and relay): one server over IPC, or several
 * over links from other machines. Invariants: a room is of the server that opened its first seat, and only that one is
 * told of it or ends it; while a server is away its rooms go on, for `graceMs`.
 */
import type { RoomEvent, RoomHost, SeatName } from '../rooms/roomHost.ts';
import {
  decodeServerMessage,
  encodeRelayReply,
  type RelayReport,
  type ServerMessage,
} from './controlMessage.ts';

/** How long rooms go on without their server: longer than it waits itself before it places them elsewhere. */
const graceMs = 60_000;

type Send = (frame: Uint8Array) => void;

interface Owner {
  send: Send | null;
  awaySinceMs: number;
  readonly rooms: Map<string, Set<string>>;
  /** What seats were told last while the server was away. */
  readonly untold: Map<string, RoomEvent>;
}

interface RelayControlsOptions {
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  /** IP addresses to be announced where the server names none. */
  readonly announced?: () => readonly string[];
}

export interface ControlEnd {
  /** False where the frame is no message: such a link is to be ended. */
  receive(frame: Uint8Array): boolean;
  /** The link is gone. */
  away(): void;
}

export class RelayControls {
  readonly #options: RelayControlsOptions;
  readonly #owners = new Map<string, Owner>();
  readonly #ownerOf = new Map<string, Owner>();
  #host: RoomHost | null = null;

  constructor(options: RelayControlsOptions) {
    this.#options = options;
  }

  /** To be called once, before anybody comes. */
  serve(host: RoomHost): void {
    this.#host = host;
  }

  /** A server's link, in place of the one that it had. */
  attach(name: string, send: Send): ControlEnd {
    const owner = this.#owners.get(name) ?? { send, awaySinceMs: 0, rooms: new Map(), untold: new Map() };
    this.#owners.set(name, owner);
    owner.send = send;
    return {
      receive: (frame) => {
        const message = decodeServerMessage(frame);
        if (message === null) return false;
        if (owner.send === send) this.#take(owner, message);
        return true;
      },
      away: () => {
        if (owner.send !== send) return;
        owner.send = null;
        owner.awaySinceMs = this.#options.nowMs();
      },
    };
  }

  /** What rooms tell. */
  told(event: RoomEvent): void {
    const owner = this.#ownerOf.get(event.roomId);
    if (owner === undefined) return;
    if (event.kind === 'lost') owner.rooms.get(event.roomId)?.delete(event.joinId);
    if (owner.send === null) owner.untold.set(`${event.roomId} ${event.joinId}`, event);
    else owner.send(encodeRelayReply(event));
  }

  report(report: RelayReport): void {
    const frame = encodeRelayReply({ kind: 'report', ...report });
    for (const { send } of this.#owners.values()) send?.(frame);
  }

  /** To be called before rooms are closed: servers place them elsewhere at once, and need not find out. */
  ending(): void {
    const frame = encodeRelayReply({ kind: 'ending' });
    for (const { send } of this.#owners.values()) send?.(frame);
  }

  /** Ends rooms whose server does not come back; to be called every second or so. */
  sweep(): void {
    for (const [name, owner] of this.#owners) {
      if (owner.send !== null || this.#options.nowMs() - owner.awaySinceMs < graceMs) continue;
      for (const roomId of [...owner.rooms.keys()]) this.#closeRoom(owner, roomId);
      this.#owners.delete(name);
    }
  }

  #take(owner: Owner, message: ServerMessage): void {
    switch (message.kind) {
      case 'seats':
        this.#keepOnly(owner, new Map(message.rooms.map(([roomId, joinIds]) => [roomId, new Set(joinIds)])));
        return;
      case 'openSeat':
        this.#openSeat(owner, message);
        return;
      case 'closeSeat':
        this.#closeSeat(owner, message);
        return;
      case 'closeRoom':
        this.#closeRoom(owner, message.roomId);
        return;
      case 'ask': {
        const { id, nowMs, ticket, request, addresses } = message;
        const announced = addresses.length > 0 ? addresses : this.#options.announced?.();
        const answer = this.#host?.ask(ticket, request, nowMs, announced);
        if (answer !== undefined) owner.send?.(encodeRelayReply({ kind: 'answer', id, answer }));
        return;
      }
    }
  }

  /** Closes what the server closed while it was away, and opens again what was lost: it is told of that once more. */
  #keepOnly(owner: Owner, wanted: ReadonlyMap<string, ReadonlySet<string>>): void {
    for (const [roomId, seats] of [...owner.rooms]) {
      const kept = wanted.get(roomId);
      if (kept === undefined) this.#closeRoom(owner, roomId);
      else for (const joinId of [...seats]) if (!kept.has(joinId)) this.#closeSeat(owner, { roomId, joinId });
    }
    for (const [roomId, seats] of wanted)
      for (const joinId of seats) this.#openSeat(owner, { roomId, joinId });
    const untold = [...owner.untold.values()];
    owner.untold.clear();
    for (const event of untold) if (event.kind === 'seat') this.told(event);
  }

  #openSeat(owner: Owner, { roomId, joinId }: SeatName): void {
    const present = this.#ownerOf.get(roomId);
    const isFree = present === undefined || present === owner;
    if (!isFree || this.#host?.openSeat({ roomId, joinId }) !== true) {
      owner.send?.(encodeRelayReply({ kind: 'lost', roomId, joinId }));
      return;
    }
    this.#ownerOf.set(roomId, owner);
    const seats = owner.rooms.get(roomId) ?? new Set<string>();
    owner.rooms.set(roomId, seats.add(joinId));
  }

  #closeSeat(owner: Owner, { roomId, joinId }: SeatName): void {
    if (owner.rooms.get(roomId)?.delete(joinId) !== true) return;
    owner.untold.delete(`${roomId} ${joinId}`);
    this.#host?.closeSeat({ roomId, joinId });
  }

  #closeRoom(owner: Owner, roomId: string): void {
    for (const joinId of [...(owner.rooms.get(roomId) ?? [])]) this.#closeSeat(owner, { roomId, joinId });
    if (!owner.rooms.delete(roomId)) return;
    this.#ownerOf.delete(roomId);
    this.#host?.closeRoom(roomId);
  }
}
