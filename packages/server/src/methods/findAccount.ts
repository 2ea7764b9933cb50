import { type AccountId, idFromBytes, idToBytes, normalizeUsername } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

export const findAccount: ConnectionHandler<'findAccount'> = async ({ store }, _caller, request) => {
  const accountId = idFromBytes<AccountId>(request.accountId);
  const username = normalizeUsername(request.username);
  if (accountId === null && request.accountId.length > 0) return refused('malformed');
  if (accountId === null && username === null) return refused('username_malformed');
  if (accountId !== null && request.username !== '') return refused('malformed');
  const account = await store.findAccount(accountId === null ? { username: username! } : { accountId });
  if (account === null) return refused('unknown_account');
  const chain = await store.readChain(account.accountId, 0);
  return done({ accountId: idToBytes(account.accountId), username: account.username, chain });
};
