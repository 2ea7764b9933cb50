import { idSizeBytes, limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

/** A mailbox for a device that shows a QR code. */
export const offerPairing: SignInHandler<'offerPairing'> = async ({ pairings, clock }, _origin, request) => {
  const { pairingId, offer } = request;
  if (pairingId.length !== idSizeBytes || offer.length === 0) return refused('malformed');
  const tooLarge = refuseTooLarge([offer, limits.pairingOfferSizeBytes]);
  if (tooLarge !== null) return tooLarge;
  if (!pairings.offer(pairingId, offer, clock.nowMs())) return refused('malformed');
  return done({ expiresInMs: BigInt(limits.pairingLifetimeMs) });
};
