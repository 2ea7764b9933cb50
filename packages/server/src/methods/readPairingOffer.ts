import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** For the signed-in device: what the new one offered. */
export const readPairingOffer: ConnectionHandler<'readPairingOffer'> = async (server, _caller, request) => {
  const pairing = server.pairings.read(request.pairingId, server.clock.nowMs());
  return pairing === null ? refused('pairing_unknown') : done({ offer: pairing.offer });
};
