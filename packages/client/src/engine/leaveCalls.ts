import { isHere } from '../calls/applyCall.ts';
import { endCall } from '../calls/callCommands.ts';
import { openCalls } from '../calls/callTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { leaveGroupCall } from '../groupCalls/groupCallCommands.ts';
import { openGroupCalls } from '../groupCalls/groupCallTable.ts';
import { hasCallsToSend } from '../outbox/outboxTable.ts';

const longestMs = 1_000;
const lookMs = 20;

/**
 * Ends or leaves the calls that this device is in, before it signs out: later it says nothing more. Resolves once the server
 * has heard of it; at once without a connection, and after a second in any case.
 */
export async function leaveCalls(device: DeviceContext): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = device.clock.schedule(longestMs, resolve);
  try {
    await Promise.race([leaveAll(device), promise]);
  } finally {
    cancel();
  }
}

async function leaveAll(device: DeviceContext): Promise<void> {
  const { clock, connection, database } = device;
  const calls = database.read(openCalls).filter(({ state }) => isHere(state));
  const groupCalls = database.read(openGroupCalls).filter(({ state }) => state.own !== null);
  for (const { state } of calls) await endCall(device, state.callId);
  for (const { state } of groupCalls) await leaveGroupCall(device, state.callId);
  while (connection.isReady && database.read(hasCallsToSend)) {
    await new Promise<void>((resolve) => void clock.schedule(lookMs, resolve));
  }
}
