/**
 * What the server says of calls' rooms, and what this device holds there (spec/groupCalls.md, "The seat"). Not stored: the
 * server says it again with each subscription, and gives another ticket to who asks.
 */
import {
  type AccountId,
  type CallId,
  type CallRoomsPush,
  type CallSeatEventPush,
  type ConversationId,
  type DeviceId,
  idFromBytes,
  limits,
} from '@sotto/protocol';

export interface CallRoom {
  readonly callId: CallId;
  readonly logId: ConversationId;
  readonly openedAtMs: number;
  readonly revision: number;
  readonly seats: readonly {
    readonly accountId: AccountId;
    readonly deviceId: DeviceId;
    readonly joinId: string;
  }[];
}

/** Whose device has the seat of each join id, as the server says: after its restart anybody may have named one first. */
export function seatOwnersOf(room: CallRoom | null): ReadonlyMap<string, DeviceId> {
  return new Map(room?.seats.map(({ joinId, deviceId }) => [joinId, deviceId]));
}

export interface HeldSeat {
  readonly joinId: string;
  readonly ticket: Uint8Array;
  readonly revision: number;
}

export class GroupCallRooms {
  readonly #rooms = new Map<ConversationId, readonly CallRoom[]>();
  readonly #seats = new Map<CallId, HeldSeat>();
  readonly #events = new Map<CallId, { readonly number: number; readonly event: Uint8Array }>();

  /** Whether it was one. */
  receive({ conversationId, rooms }: CallRoomsPush): boolean {
    const logId = idFromBytes<ConversationId>(conversationId);
    if (logId === null || rooms.length > limits.callRoomsPerConversation) return false;
    const known = rooms.flatMap((room): CallRoom[] => {
      const callId = idFromBytes<CallId>(room.callId);
      if (callId === null || room.seats.length > limits.seatsPerCallRoom) return [];
      const seats = room.seats.flatMap((seat) => {
        const accountId = idFromBytes<AccountId>(seat.accountId);
        const deviceId = idFromBytes<DeviceId>(seat.deviceId);
        const isSeat = seat.joinId.length === limits.joinIdSizeBytes;
        return accountId === null || deviceId === null || !isSeat
          ? []
          : [{ accountId, deviceId, joinId: seat.joinId.toHex() }];
      });
      return [{ callId, logId, openedAtMs: Number(room.openedAtMs), revision: Number(room.revision), seats }];
    });
    if (known.length === 0) this.#rooms.delete(logId);
    else this.#rooms.set(logId, known);
    return true;
  }

  /** The call that it is about; null: it is for no seat of this device. */
  receiveEvent({ callId: bytes, joinId, event }: CallSeatEventPush): CallId | null {
    const callId = idFromBytes<CallId>(bytes);
    if (callId === null || event.length > limits.seatEventSizeBytes) return null;
    if (this.#seats.get(callId)?.joinId !== joinId.toHex()) return null;
    this.#events.set(callId, { number: (this.#events.get(callId)?.number ?? 0) + 1, event });
    return callId;
  }

  disconnected(): void {
    this.#rooms.clear();
  }

  /** Whoever may open seats in some conversation chooses the id of a call there: its room is that of its own log. */
  roomOf(logId: ConversationId | null, callId: CallId): CallRoom | null {
    const rooms = logId === null ? undefined : this.#rooms.get(logId);
    return rooms?.find((one) => one.callId === callId) ?? null;
  }

  all(): CallRoom[] {
    return [...this.#rooms.values()].flat();
  }

  seatOf(callId: CallId): HeldSeat | null {
    return this.#seats.get(callId) ?? null;
  }

  hold(callId: CallId, seat: HeldSeat): void {
    if (this.#seats.get(callId)?.joinId !== seat.joinId) this.#events.delete(callId);
    this.#seats.set(callId, seat);
  }

  release(callId: CallId): void {
    this.#seats.delete(callId);
    this.#events.delete(callId);
  }

  eventOf(callId: CallId): { readonly number: number; readonly event: Uint8Array } | null {
    return this.#events.get(callId) ?? null;
  }
}
