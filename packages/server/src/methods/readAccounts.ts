import { type AccountId, idFromBytes, idToBytes, limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooMany } from './sizes.ts';

/** spec/log.md §Commits alone: what FindAccount gives, for many ids at once, cut by size but never to none. */
export const readAccounts: ConnectionHandler<'readAccounts'> = async ({ store }, _caller, request) => {
  const tooMany = refuseTooMany(request.accountIds, limits.accountsPerRead);
  if (tooMany !== null) return tooMany;
  const ids = request.accountIds.map((bytes) => idFromBytes<AccountId>(bytes));
  const found = await Promise.all(
    ids.map(async (accountId) => {
      if (accountId === null) return 'malformed';
      const account = await store.findAccount({ accountId });
      if (account === null) return null;
      const chain = await store.readChain(accountId, 0);
      return { accountId: idToBytes(accountId), username: account.username, chain };
    }),
  );
  if (found.includes('malformed')) return refused('malformed');
  let leftBytes: number = limits.readSizeBytes;
  const accounts = [];
  for (const account of found) {
    if (account === null || account === 'malformed') continue;
    leftBytes -= account.chain.reduce((sum, { body, signature }) => sum + body.length + signature.length, 0);
    if (leftBytes < 0 && accounts.length > 0) break;
    accounts.push(account);
  }
  return done({ accounts });
};
