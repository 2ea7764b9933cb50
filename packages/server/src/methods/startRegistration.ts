import { type AccountId, idFromBytes, limits, normalizeUsername } from '@sotto/protocol';
import { hashInviteToken } from '../account/invite.ts';
import { answerRegistration } from '../account/opaque.ts';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

/** OPAQUE registration, first step. What it checks is checked again when the account is stored. */
export const startRegistration: SignInHandler<'startRegistration'> = async (server, _origin, request) => {
  const accountId = idFromBytes<AccountId>(request.accountId);
  if (accountId === null) return refused('malformed');
  const username = normalizeUsername(request.username);
  if (username === null) return refused('username_malformed');
  const tooLarge = refuseTooLarge([request.registrationRequest, limits.opaqueMessageSizeBytes]);
  if (tooLarge !== null) return tooLarge;
  if (server.registration === 'invite') {
    if (request.inviteToken.length === 0) return refused('invite_needed');
    const invite = await server.store.findInvite(hashInviteToken(request.inviteToken), server.clock.nowMs());
    if (invite?.registers !== true) return refused('invite_invalid');
  }
  if ((await server.store.findAccount({ username })) !== null) return refused('username_taken');
  if ((await server.store.findAccount({ accountId })) !== null) return refused('account_exists');
  const { opaqueSetup } = server.secrets;
  const registrationResponse = await answerRegistration(opaqueSetup, accountId, request.registrationRequest);
  return registrationResponse === null ? refused('malformed') : done({ registrationResponse });
};
