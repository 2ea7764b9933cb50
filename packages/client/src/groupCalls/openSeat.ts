import { type CallId, type ConversationId, idToBytes, Connection as Methods } from '@sotto/protocol';
import type { Outcome } from '../api.ts';
import type { GroupCallProblem } from '../apiGroupCalls.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { HeldSeat } from './groupCallRooms.ts';
import { findGroupCall } from './groupCallTable.ts';

/** A seat in the call's room, or another ticket for it. */
export async function openSeat(
  device: DeviceContext,
  logId: ConversationId,
  callId: CallId,
  joinId: string,
): Promise<Outcome<HeldSeat, GroupCallProblem>> {
  const result = await device.connection.call(Methods.method.openCallSeat, {
    conversationId: idToBytes(logId),
    callId: idToBytes(callId),
    joinId: Uint8Array.fromHex(joinId),
  });
  if (result.kind === 'lost') return { kind: 'problem', problem: { kind: 'offline' } };
  if (result.kind === 'error') {
    const { code } = result.error;
    const problem: GroupCallProblem = code === 'too_many' ? { kind: 'full' } : { kind: 'refused', code };
    return { kind: 'problem', problem };
  }
  const { ticket, revision } = result.value;
  const seat = { joinId, ticket, revision: Number(revision) };
  device.groupCalls.rooms.hold(callId, seat);
  return { kind: 'ok', value: seat };
}

/** The seat of this device's join, closed again where that is over meanwhile. */
export async function openOwnSeat(
  device: DeviceContext,
  logId: ConversationId,
  callId: CallId,
  joinId: string,
): Promise<Outcome<HeldSeat, GroupCallProblem>> {
  const isOver = (): boolean =>
    device.database.read((sql) => findGroupCall(sql, callId))?.state.own?.joinId !== joinId;
  if (isOver()) return { kind: 'problem', problem: { kind: 'unknownCall' } };
  const seat = await openSeat(device, logId, callId, joinId);
  if (!isOver()) return seat;
  device.groupCalls.closeSeat(logId, callId, joinId);
  return { kind: 'problem', problem: { kind: 'unknownCall' } };
}

/** Whether the server has heard of it: else the seat's lease ends by itself. */
export async function closeSeat(
  device: DeviceContext,
  logId: ConversationId,
  callId: CallId,
  joinId: string,
): Promise<boolean> {
  const result = await device.connection.call(Methods.method.closeCallSeat, {
    conversationId: idToBytes(logId),
    callId: idToBytes(callId),
    joinId: Uint8Array.fromHex(joinId),
  });
  return result.kind !== 'lost';
}
