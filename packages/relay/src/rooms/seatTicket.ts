/**
 * Tickets by which a page takes its seat (spec/rooms.md, "Tickets"). The server makes them; a relay that shares its
 * secret sees by itself for which seat one is, on which relay, and until when. Nothing is kept about them.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SeatName } from './roomHost.ts';

interface TicketClaims extends SeatName {
  /** `RoomHostOptions.instance` of the relay that has the room. */
  readonly instance: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

const version = 1;
const macSizeBytes = 32;
const headSizeBytes = 1 + 8 + 8;
const maxNameLength = 64;
/** Two names of up to 64 characters, each with its length before it. */
const maxSizeBytes = headSizeBytes + 2 * (1 + maxNameLength) + macSizeBytes;
const nameForm = /^[\x21-\x7e]{1,64}$/;
const joinIdForm = /^[0-9a-f]{16}$/;

export function isSeatName({ roomId, joinId }: SeatName): boolean {
  return nameForm.test(roomId) && joinIdForm.test(joinId);
}

/** version(1) ‖ expires(8) ‖ join id(8) ‖ len(1) ‖ room ‖ len(1) ‖ instance ‖ HMAC-SHA256 over all before it. */
export function createSeatTicket(secret: string, claims: TicketClaims): Buffer {
  if (!isSeatName(claims) || !nameForm.test(claims.instance)) throw new Error('no names of a seat');
  const head = Buffer.alloc(headSizeBytes);
  head[0] = version;
  head.writeBigUInt64BE(BigInt(claims.expiresAtMs), 1);
  head.write(claims.joinId, 9, 'hex');
  const claimed = Buffer.concat([head, named(claims.roomId), named(claims.instance)]);
  return Buffer.concat([claimed, macOf(secret, claimed)]);
}

/** Null where it was not made with this secret, or is over. */
export function readSeatTicket(secret: string, ticket: Uint8Array, wallMs: number): TicketClaims | null {
  const bytes = Buffer.from(ticket.buffer, ticket.byteOffset, ticket.byteLength);
  if (bytes.length <= headSizeBytes + macSizeBytes || bytes.length > maxSizeBytes) return null;
  const claimed = bytes.subarray(0, bytes.length - macSizeBytes);
  if (!timingSafeEqual(macOf(secret, claimed), bytes.subarray(claimed.length))) return null;
  if (claimed[0] !== version) return null;
  const expiresAtMs = Number(claimed.readBigUInt64BE(1));
  if (wallMs >= expiresAtMs) return null;
  const roomEnd = headSizeBytes + 1 + claimed[headSizeBytes]!;
  return {
    expiresAtMs,
    joinId: claimed.toString('hex', 9, 17),
    roomId: claimed.toString('latin1', headSizeBytes + 1, roomEnd),
    instance: claimed.toString('latin1', roomEnd + 1),
  };
}

function named(name: string): Buffer {
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name, 'latin1')]);
}

function macOf(secret: string, claimed: Buffer): Buffer {
  return createHmac('sha256', secret).update('sotto seat ticket').update(claimed).digest();
}
