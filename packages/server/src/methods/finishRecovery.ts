import { fromBinary } from '@bufbuild/protobuf';
import { idToBytes, VaultSchema } from '@sotto/protocol';
import { verifyEd25519 } from '../account/verifyEd25519.ts';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';

const recoverLabel = 'Sotto 1 prove recovery';

/** Who has the recovery code gets the sealed vault. */
export const finishRecovery: SignInHandler<'finishRecovery'> = async (server, _origin, request) => {
  const { store, recoveries, secrets, clock } = server;
  const pending = recoveries.take(request.recoveryId, clock.nowMs());
  if (pending === null) return refused('login_expired');
  const { accountId, state: nonce } = pending;
  const account = await store.findAccount({ accountId });
  if (account === null) return refused('login_expired');
  const signed = [secrets.serverId, nonce, idToBytes(accountId)];
  const isProven =
    account.recoveryKey !== null &&
    verifyEd25519(account.recoveryKey, recoverLabel, signed, request.signature);
  if (!isProven) return refused('wrong_recovery_code');
  return done({
    vault: fromBinary(VaultSchema, account.vault),
    chain: await store.readChain(accountId, 0),
  });
};
