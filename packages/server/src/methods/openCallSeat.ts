import {
  decodeCallPlace,
  decodeJoinId,
  refuseConversationSeats,
  refuseSeatRequest,
} from '../calls/decodeSeat.ts';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** spec/callSeats.md §Seats: only a device that is a member of the conversation has a seat. */
export const openCallSeat: ConnectionHandler<'openCallSeat'> = async (server, caller, request) => {
  const place = decodeCallPlace(request);
  const joinId = decodeJoinId(request.joinId);
  if (place === null || joinId === null) return refused('malformed');
  const { accountId, deviceId } = caller;
  const tooOften = refuseSeatRequest(server, caller);
  if (tooOften !== null) return tooOften;
  const epoch = await server.store.readEpoch(place.conversationId, deviceId);
  if (epoch.kind === 'refused') return epoch;
  const tooMany = refuseConversationSeats(server, place);
  if (tooMany !== null) return tooMany;
  // Without a wait after the answer: a commit that removes the device finds its seat, or came before.
  const opened = server.callRooms.open(place, joinId, { accountId, deviceId });
  if (opened.kind === 'refused') return opened;
  const { ticket, expiresAtMs, revision } = opened.value;
  return done({ ticket, expiresAtMs: BigInt(expiresAtMs), revision: BigInt(revision) });
};
