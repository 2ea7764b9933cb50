import { type AccountId, idFromBytes } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

export const getChain: ConnectionHandler<'getChain'> = async ({ store }, _caller, request) => {
  const accountId = idFromBytes<AccountId>(request.accountId);
  if (accountId === null || request.fromSeq > BigInt(Number.MAX_SAFE_INTEGER)) return refused('malformed');
  const chain = await store.readChain(accountId, Number(request.fromSeq));
  const isUnknown = chain.length === 0 && (await store.findAccount({ accountId })) === null;
  return isUnknown ? refused('unknown_account') : done({ chain });
};
