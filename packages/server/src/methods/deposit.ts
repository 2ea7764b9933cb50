import { idSizeBytes, limits } from '@sotto/protocol';
import { decodeDeposit } from '../log/decodeCommit.ts';
import { done, refused } from '../outcome.ts';
import type { DepositRecord } from '../store/store.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooMany } from './sizes.ts';

/** spec/history.md §Deposits: a device puts into its own account's keyring what was missing or false there. */
export const deposit: ConnectionHandler<'deposit'> = async ({ store, clock, random }, caller, request) => {
  const tooMany = refuseTooMany(request.deposits, limits.depositsPerRequest);
  if (tooMany !== null) return tooMany;
  const deposits: { transactionId: Uint8Array; deposit: DepositRecord }[] = [];
  for (const sent of request.deposits) {
    const decoded = decodeDeposit(sent);
    if (decoded === null) return refused('malformed');
    deposits.push({ transactionId: random.bytes(idSizeBytes), deposit: decoded });
  }
  const { accountId, deviceId } = caller;
  const outcome = await store.deposit({ sender: { accountId, deviceId }, nowMs: clock.nowMs(), deposits });
  return outcome.kind === 'refused' ? outcome : done({});
};
