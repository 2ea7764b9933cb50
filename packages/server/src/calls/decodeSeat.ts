import { type ConversationId, idFromBytes, idSizeBytes, limits } from '@sotto/protocol';
import type { OnlineDevice } from '../connection/onlineDevices.ts';
import { refused } from '../outcome.ts';
import type { Server } from '../server.ts';
import type { CallPlace } from './callRooms.ts';

/** The call that a request names; null where it is malformed. */
export function decodeCallPlace(request: {
  conversationId: Uint8Array;
  callId: Uint8Array;
}): CallPlace | null {
  const conversationId = idFromBytes<ConversationId>(request.conversationId);
  if (conversationId === null || request.callId.length !== idSizeBytes) return null;
  return { conversationId, callId: Buffer.from(request.callId).toString('hex') };
}

/** Hexadecimal; null where it is malformed. */
export function decodeJoinId(joinId: Uint8Array): string | null {
  return joinId.length === limits.joinIdSizeBytes ? Buffer.from(joinId).toString('hex') : null;
}

/** What one device asks for seats; null where it may. */
export function refuseSeatRequest({ buckets, clock }: Server, { deviceId }: OnlineDevice) {
  const retryAfterMs = buckets.seatRequestsPerDevice.take(deviceId, 1, clock.nowMs());
  return retryAfterMs > 0 ? refused('rate_limited', { retryAfterMs }) : null;
}

/** What the devices of one conversation ask, once it is known that this is one; null where they may. */
export function refuseConversationSeats({ buckets, clock }: Server, { conversationId }: CallPlace) {
  const retryAfterMs = buckets.seatRequestsPerConversation.take(conversationId, 1, clock.nowMs());
  return retryAfterMs > 0 ? refused('rate_limited', { retryAfterMs }) : null;
}
