import { fromBinary } from '@bufbuild/protobuf';
import { idToBytes, VaultSchema } from '@sotto/protocol';
import { toMinute } from '../account/toMinute.ts';
import { verifyEd25519 } from '../account/verifyEd25519.ts';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';

const proofLabel = 'Sotto 1 prove passkey';

/** Who has the passkey gets the sealed vault, and the name that was not typed. */
export const finishPasskeyLogin: SignInHandler<'finishPasskeyLogin'> = async (server, _origin, request) => {
  const { store, passkeyLogins, secrets, clock } = server;
  const nowMs = clock.nowMs();
  const pending = passkeyLogins.take(request.loginId, nowMs);
  if (pending === null) return refused('login_expired');
  const { accountId, state } = pending;
  const { passkeyId, nonce } = state;
  const passkey = await store.findPasskey(accountId, passkeyId);
  const account = await store.findAccount({ accountId });
  if (passkey === null || account === null) return refused('wrong_passkey');
  const signed = [secrets.serverId, nonce, idToBytes(accountId), idToBytes(passkeyId)];
  if (!verifyEd25519(passkey.publicKey, proofLabel, signed, request.signature))
    return refused('wrong_passkey');
  server.background(store.passkeyUsed(accountId, passkeyId, toMinute(nowMs)));
  return done({
    vault: fromBinary(VaultSchema, account.vault),
    chain: await store.readChain(accountId, 0),
    username: account.username,
  });
};
