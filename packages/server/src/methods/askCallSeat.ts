import { limits } from '@sotto/protocol';
import { decodeCallPlace, refuseConversationSeats, refuseSeatRequest } from '../calls/decodeSeat.ts';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

/** spec/callSeats.md §Seats: hands on what it does not read. */
export const askCallSeat: ConnectionHandler<'askCallSeat'> = async (server, caller, request) => {
  const place = decodeCallPlace(request);
  if (place === null || request.request.length === 0) return refused('malformed');
  const tooLarge = refuseTooLarge([request.request, limits.seatRequestSizeBytes]);
  if (tooLarge !== null) return tooLarge;
  const tooOften = refuseSeatRequest(server, caller);
  if (tooOften !== null) return tooOften;
  if (!server.callRooms.admits(place, caller.deviceId, request.ticket)) return refused('ticket_refused');
  const tooMany = refuseConversationSeats(server, place);
  if (tooMany !== null) return tooMany;
  const { ticket, request: asked } = request;
  const question = { ticket, request: asked, host: caller.connection.host };
  const outcome = await server.callRooms.ask(place, question);
  return outcome.kind === 'refused' ? outcome : done({ answer: outcome.value });
};
