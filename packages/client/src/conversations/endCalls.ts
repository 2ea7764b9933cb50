/** The end of a call whose conversation is about to go (spec/client.md, "Deleting a conversation"). */
import { isHere } from '../calls/applyCall.ts';
import { endCall } from '../calls/callCommands.ts';
import { openCallsOf } from '../calls/callTable.ts';
import { startDeadline, timeLeftMs } from '../device/deadline.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { isCallUnderWay } from '../outbox/outboxTable.ts';
import type { ConversationKey } from './conversationTable.ts';

const longestMs = 1_000;
const lookMs = 20;

/**
 * Ends the calls in it that this device is in. Resolves once the log has said so, which later nothing here can; at once
 * without a connection, and after a second in any case.
 */
export async function endCalls(device: DeviceContext, key: ConversationKey): Promise<void> {
  const { clock, connection, database } = device;
  const here = database.read((sql) => openCallsOf(sql, key)).filter(({ state }) => isHere(state));
  if (here.length === 0) return;
  for (const { state } of here) await endCall(device, state.callId);
  const until = startDeadline(clock, longestMs);
  while (
    connection.isReady &&
    timeLeftMs(clock, until) > 0 &&
    database.read((sql) => isCallUnderWay(sql, key))
  ) {
    await new Promise<void>((resolve) => void clock.schedule(lookMs, resolve));
  }
}
