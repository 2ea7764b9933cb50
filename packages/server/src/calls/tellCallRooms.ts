/** What devices are told of rooms (spec/callSeats.md §Seats). */
import { type ConversationId, idToBytes } from '@sotto/protocol';
import { encodePush } from '../connection/frames.ts';
import type { OnlineDevice } from '../connection/onlineDevices.ts';
import type { Server } from '../server.ts';
import type { SeatEventBytes, ShownRoom } from './callRooms.ts';

/** Tells the member devices that read the conversation now. */
export function tellCallRooms(
  { online, fanOut }: Pick<Server, 'online' | 'fanOut'>,
  conversationId: ConversationId,
  rooms: readonly ShownRoom[],
): void {
  const frame = encodeRooms(conversationId, rooms);
  for (const { deviceId } of fanOut.readersOf({ kind: 'conversation', id: conversationId }))
    online.find(deviceId)?.connection.pushFrame(frame);
}

/** Tells `device`, a member, which reads the conversation from now on, of rooms that there are, and what became of its seats. */
export function showCallRooms(
  { callRooms }: Server,
  { connection, deviceId }: OnlineDevice,
  conversationId: ConversationId,
): void {
  const rooms = callRooms.roomsOf(conversationId);
  if (rooms.length === 0) return;
  connection.pushFrame(encodeRooms(conversationId, rooms));
  for (const event of callRooms.eventsOf(conversationId, deviceId)) connection.pushFrame(encodeEvent(event));
}

/** One that is not connected, or behind, is told with the next event, or when it comes back: each is whole. */
export function tellSeatEvent(device: OnlineDevice | undefined, event: SeatEventBytes): void {
  device?.connection.sendIfRoom(encodeEvent(event));
}

function encodeRooms(conversationId: ConversationId, rooms: readonly ShownRoom[]): Uint8Array {
  const value = {
    conversationId: idToBytes(conversationId),
    rooms: rooms.map(({ callId, openedAtMs, revision, seats }) => ({
      callId: Buffer.from(callId, 'hex'),
      openedAtMs: BigInt(openedAtMs),
      revision: BigInt(revision),
      seats: seats.map(({ accountId, deviceId, joinId }) => ({
        accountId: idToBytes(accountId),
        deviceId: idToBytes(deviceId),
        joinId: Buffer.from(joinId, 'hex'),
      })),
    })),
  };
  return encodePush({ kind: { case: 'callRooms', value } });
}

function encodeEvent({ callId, joinId, event }: SeatEventBytes): Uint8Array {
  const value = { callId: Buffer.from(callId, 'hex'), joinId: Buffer.from(joinId, 'hex'), event };
  return encodePush({ kind: { case: 'callSeatEvent', value } });
}
