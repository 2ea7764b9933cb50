import { fromBinary } from '@bufbuild/protobuf';
import { limits, VaultSchema } from '@sotto/protocol';
import { finishOpaqueLogin } from '../account/opaque.ts';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

/** OPAQUE login, second step: who knows the password gets the sealed vault. */
export const finishLogin: SignInHandler<'finishLogin'> = async (server, _origin, request) => {
  const tooLarge = refuseTooLarge([request.loginFinish, limits.opaqueMessageSizeBytes]);
  if (tooLarge !== null) return tooLarge;
  const login = server.logins.take(request.loginId, server.clock.nowMs());
  if (login === null) return refused('login_expired');
  const { accountId, state } = login;
  if (!finishOpaqueLogin(accountId, state, request.loginFinish)) return refused('wrong_password');
  const account = await server.store.findAccount({ accountId });
  if (account === null) return refused('login_expired');
  return done({
    vault: fromBinary(VaultSchema, account.vault),
    chain: await server.store.readChain(accountId, 0),
  });
};
