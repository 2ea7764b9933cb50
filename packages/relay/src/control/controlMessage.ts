/**
 * What a server and its relay tell each other about rooms (spec/callSeats.md §Between server and relay): the same over IPC,
 * to a process on the server's machine, and over a control link to another machine. One message is
 * len(4) ‖ JSON of len bytes ‖ the bytes that are handed on unread. Invariant: what does not have a message's form
 * exactly is null, and nothing of it is acted on.
 */
import { limits } from '@sotto/protocol';
import type { SeatName } from '../rooms/roomHost.ts';
import { isSeatName } from '../rooms/seatTicket.ts';

/** From the server. */
export type ServerMessage =
  /** First, and whenever a link has come back: all seats that it has here. Others are closed. */
  | {
      readonly kind: 'seats';
      readonly rooms: readonly (readonly [roomId: string, joinIds: readonly string[]])[];
    }
  | ({ readonly kind: 'openSeat' } & SeatName)
  | ({ readonly kind: 'closeSeat' } & SeatName)
  | { readonly kind: 'closeRoom'; readonly roomId: string }
  | ({ readonly kind: 'ask'; readonly id: number; readonly ticket: Uint8Array } & {
      readonly request: Uint8Array;
      /** The server's time, by which the ticket is good or not: milliseconds since 1970. */
      readonly nowMs: number;
      /** IP addresses to be announced to the page; none: the relay's own. */
      readonly addresses: readonly string[];
    });

/** From the relay. */
export type RelayReply =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Uint8Array }
  | ({ readonly kind: 'seat'; readonly event: Uint8Array } & SeatName)
  | ({ readonly kind: 'lost' } & SeatName)
  /** Each second. */
  | ({ readonly kind: 'report' } & RelayReport)
  /** It ends, and its rooms with it. */
  | { readonly kind: 'ending' };

export interface RelayReport {
  /** Of one core, over the last second. */
  readonly cpuShare: number;
  /** Plain numbers by name: what is counted. */
  readonly counters: Readonly<Record<string, number>>;
}

/** All seats of a full relay, with room. */
export const maxControlSizeBytes = 1024 * 1024;
const maxAddresses = 16;
const maxCounters = 100;
const lengthSizeBytes = 4;
const none = new Uint8Array();

export function encodeServerMessage(message: ServerMessage): Uint8Array {
  if (message.kind !== 'ask') return encode(message, none);
  const { request, ticket, ...head } = message;
  return encode({ ...head, ticket: Buffer.from(ticket).toString('base64url') }, request);
}

export function encodeRelayReply(reply: RelayReply): Uint8Array {
  if (reply.kind === 'answer') return encode({ kind: reply.kind, id: reply.id }, reply.answer);
  if (reply.kind !== 'seat') return encode(reply, none);
  const { event, ...head } = reply;
  return encode(head, event);
}

/** Null where the bytes are none. */
export function decodeServerMessage(bytes: Uint8Array): ServerMessage | null {
  const { head, body } = decode(bytes) ?? {};
  if (head === undefined || body === undefined) return null;
  const { kind, roomId, id, ticket, addresses, nowMs, rooms } = head;
  const seat = seatOf(head);
  const hasBody = body.length > 0;
  switch (kind) {
    case 'seats':
      return !hasBody && isRooms(rooms) ? { kind, rooms } : null;
    case 'openSeat':
    case 'closeSeat':
      return !hasBody && seat !== null ? { kind, ...seat } : null;
    case 'closeRoom':
      return !hasBody && isRoomId(roomId) ? { kind, roomId } : null;
    case 'ask': {
      const isSound = isCount(id) && isCount(nowMs) && typeof ticket === 'string';
      if (!isSound || !isAddresses(addresses) || body.length > limits.seatRequestSizeBytes) return null;
      return { kind, id, nowMs, ticket: Buffer.from(ticket, 'base64url'), request: body, addresses };
    }
    default:
      return null;
  }
}

/** Null where the bytes are none. */
export function decodeRelayReply(bytes: Uint8Array): RelayReply | null {
  const { head, body } = decode(bytes) ?? {};
  if (head === undefined || body === undefined) return null;
  const { kind, id, cpuShare, counters } = head;
  const seat = seatOf(head);
  const hasBody = body.length > 0;
  switch (kind) {
    case 'answer':
      return isCount(id) && body.length <= limits.seatAnswerSizeBytes ? { kind, id, answer: body } : null;
    case 'seat':
      return seat !== null && body.length <= limits.seatEventSizeBytes
        ? { kind, ...seat, event: body }
        : null;
    case 'lost':
      return !hasBody && seat !== null ? { kind, ...seat } : null;
    case 'report': {
      const isSound = !hasBody && typeof cpuShare === 'number' && cpuShare >= 0 && isCounters(counters);
      return isSound ? { kind, cpuShare, counters } : null;
    }
    case 'ending':
      return hasBody ? null : { kind };
    default:
      return null;
  }
}

function encode(head: object, body: Uint8Array): Uint8Array {
  const text = Buffer.from(JSON.stringify(head));
  const bytes = Buffer.alloc(lengthSizeBytes + text.length + body.length);
  bytes.writeUInt32BE(text.length);
  text.copy(bytes, lengthSizeBytes);
  bytes.set(body, lengthSizeBytes + text.length);
  return bytes;
}

function decode(bytes: Uint8Array): { head: Record<string, unknown>; body: Uint8Array } | null {
  if (bytes.length < lengthSizeBytes || bytes.length > maxControlSizeBytes) return null;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = lengthSizeBytes + buffer.readUInt32BE();
  if (end > buffer.length) return null;
  try {
    const head: unknown = JSON.parse(buffer.toString('utf8', lengthSizeBytes, end));
    return isRecord(head) ? { head, body: buffer.subarray(end) } : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function seatOf({ roomId, joinId }: Record<string, unknown>): SeatName | null {
  if (typeof roomId !== 'string' || typeof joinId !== 'string') return null;
  return isSeatName({ roomId, joinId }) ? { roomId, joinId } : null;
}

function isRoomId(roomId: unknown): roomId is string {
  return seatOf({ roomId, joinId: '0'.repeat(2 * limits.joinIdSizeBytes) }) !== null;
}

function isRooms(value: unknown): value is [string, string[]][] {
  return (
    Array.isArray(value) &&
    value.every(
      (room) =>
        Array.isArray(room) &&
        room.length === 2 &&
        isRoomId(room[0]) &&
        Array.isArray(room[1]) &&
        room[1].every((joinId) => seatOf({ roomId: room[0], joinId }) !== null),
    )
  );
}

function isAddresses(value: unknown): value is string[] {
  const isAddress = (text: unknown) => typeof text === 'string' && text.length <= 64;
  return Array.isArray(value) && value.length <= maxAddresses && value.every(isAddress);
}

function isCounters(value: unknown): value is Record<string, number> {
  if (!isRecord(value)) return false;
  const numbers = Object.values(value);
  return numbers.length <= maxCounters && numbers.every((number) => Number.isFinite(number));
}
