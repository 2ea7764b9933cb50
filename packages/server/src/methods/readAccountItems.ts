import { limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** The caller's account's items that are newer than a version, as many as fit one answer. */
export const readAccountItems: ConnectionHandler<'readAccountItems'> = async ({ store }, caller, request) => {
  if (request.afterVersion > BigInt(Number.MAX_SAFE_INTEGER)) return refused('malformed');
  const { items, version } = await store.readAccountItems(
    caller.accountId,
    Number(request.afterVersion),
    limits.accountItemsPerRequest,
    limits.readSizeBytes,
  );
  return done({
    items: items.map((item) => ({ slot: item.slot, sealed: item.sealed, version: BigInt(item.version) })),
    version: BigInt(version),
  });
};
