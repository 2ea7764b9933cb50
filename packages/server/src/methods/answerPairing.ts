import { limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

/** From the signed-in device to the new one. */
export const answerPairing: ConnectionHandler<'answerPairing'> = async (server, caller, request) => {
  const { pairingId, answer } = request;
  if (answer.length === 0) return refused('malformed');
  const tooLarge = refuseTooLarge([answer, limits.pairingAnswerSizeBytes]);
  if (tooLarge !== null) return tooLarge;
  const isTaken = server.pairings.answer(pairingId, caller.accountId, answer, server.clock.nowMs());
  return isTaken ? done({}) : refused('pairing_unknown');
};
