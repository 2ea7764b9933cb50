import { type AccountId, idFromBytes, idSizeBytes, limits } from '@sotto/protocol';
import { decodeDeposit, depositSizeBytes } from '../log/decodeCommit.ts';
import { done, refused } from '../outcome.ts';
import type { DepositRecord } from '../store/store.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooMany } from './sizes.ts';
import { takeStorage } from './takeStorage.ts';

/** spec/history.md §Deposits: a device puts into its own account's keyring what was missing or false there,
 * or into that of a new member what was before it. */
export const deposit: ConnectionHandler<'deposit'> = async (server, caller, request) => {
  const { store, clock, random } = server;
  const tooMany = refuseTooMany(request.deposits, limits.depositsPerRequest);
  if (tooMany !== null) return tooMany;
  const deposits: { transactionId: Uint8Array; deposit: DepositRecord }[] = [];
  for (const sent of request.deposits) {
    const decoded = decodeDeposit(sent);
    if (decoded === null) return refused('malformed');
    deposits.push({ transactionId: random.bytes(idSizeBytes), deposit: decoded });
  }
  const sizeBytes = deposits.reduce((sum, one) => sum + depositSizeBytes(one.deposit), 0);
  const tooMuch = takeStorage(server, caller, sizeBytes);
  if (tooMuch !== null) return tooMuch;
  const { accountId: own, deviceId } = caller;
  const accountId = request.accountId.length === 0 ? own : idFromBytes<AccountId>(request.accountId);
  if (accountId === null) return refused('malformed');
  const sender = { accountId: own, deviceId };
  const outcome = await store.deposit({ sender, accountId, nowMs: clock.nowMs(), deposits });
  return outcome.kind === 'refused' ? outcome : done({});
};
