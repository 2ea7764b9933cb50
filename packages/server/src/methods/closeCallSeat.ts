import { decodeCallPlace, decodeJoinId } from '../calls/decodeSeat.ts';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** spec/callSeats.md §Seats: leaving, as often as one likes. */
export const closeCallSeat: ConnectionHandler<'closeCallSeat'> = async (server, caller, request) => {
  const place = decodeCallPlace(request);
  const joinId = decodeJoinId(request.joinId);
  if (place === null || joinId === null) return refused('malformed');
  server.callRooms.close(place, joinId, caller.deviceId);
  return done({});
};
