import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type CallId, CallRoomsPushSchema, type ConversationId, idToBytes, limits } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { GroupCallRooms, seatOwnersOf } from './groupCallRooms.ts';

const id = (byte: string): string => byte.repeat(16);
const [group, direct] = [id('a1') as ConversationId, id('b1') as ConversationId];
const callId = id('c1') as CallId;
const joinId = 'f1'.repeat(8);

function push(
  logId: ConversationId,
  deviceId: string,
  revision: number,
  joinIds: readonly string[] = [joinId],
) {
  const seats = joinIds.map((one) => ({
    accountId: Uint8Array.fromHex(id('d0')),
    deviceId: Uint8Array.fromHex(deviceId),
    joinId: Uint8Array.fromHex(one),
  }));
  const rooms: MessageInitShape<typeof CallRoomsPushSchema>['rooms'] = [
    { callId: idToBytes(callId), openedAtMs: 1n, revision: BigInt(revision), seats },
  ];
  return create(CallRoomsPushSchema, { conversationId: idToBytes(logId), rooms });
}

describe('rooms of calls', () => {
  it('are those of their own log: another one under the same call id, told first, is none of its', () => {
    const rooms = new GroupCallRooms();
    rooms.receive(push(direct, id('e1'), 9));
    expect(rooms.roomOf(group, callId)).toBeNull();
    rooms.receive(push(group, id('e2'), 3));
    expect(rooms.roomOf(group, callId)?.revision).toBe(3);
    expect(seatOwnersOf(rooms.roomOf(group, callId)).get(joinId)).toBe(id('e2'));
    expect(rooms.roomOf(direct, callId)?.revision).toBe(9);
    expect(rooms.roomOf(null, callId)).toBeNull();
  });

  it('beyond the limits, or of nothing that has an id, are none', () => {
    const rooms = new GroupCallRooms();
    rooms.receive(push(group, id('e2'), 3, [joinId, 'f1']));
    expect(rooms.roomOf(group, callId)?.seats).toHaveLength(1);
    const one = push(group, id('e2'), 4).rooms[0]!;
    const many = Array.from({ length: limits.callRoomsPerConversation + 1 }, () => one);
    expect(rooms.receive({ ...push(group, id('e2'), 4), rooms: many })).toBe(false);
    expect(rooms.receive({ ...push(group, id('e2'), 4), conversationId: new Uint8Array(3) })).toBe(false);
    expect(rooms.roomOf(group, callId)?.revision).toBe(3);
  });
});
