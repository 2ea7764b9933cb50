import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';

/** For the new device: what the signed-in one answered, with its account's chain as it is now. */
export const readPairing: SignInHandler<'readPairing'> = async (server, _origin, request) => {
  const { pairings, clock, store } = server;
  const pairing = pairings.read(request.pairingId, clock.nowMs());
  if (pairing === null) return refused('pairing_unknown');
  if (pairing.answer === null) return done({});
  const { accountId, sealed } = pairing.answer;
  return done({ answer: sealed, chain: await store.readChain(accountId, 0) });
};
