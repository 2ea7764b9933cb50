import { idSizeBytes, limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooLarge, refuseTooMany } from './sizes.ts';

/** spec/history.md §Account items: the newest value of each slot. The account's other devices are told. */
export const putAccountItems: ConnectionHandler<'putAccountItems'> = async (server, caller, request) => {
  const refusal =
    refuseTooMany(request.items, limits.accountItemsPerRequest) ??
    refuseTooLarge(...request.items.map(({ sealed }) => [sealed, limits.accountItemSizeBytes] as const));
  if (refusal !== null) return refusal;
  for (const { slot, sealed } of request.items) {
    if (slot.length !== idSizeBytes || sealed.length === 0) return refused('malformed');
  }
  const outcome = await server.store.putAccountItems(caller.accountId, request.items);
  if (outcome.kind === 'refused') return outcome;
  const version = BigInt(outcome.value);
  for (const { deviceId, connection } of server.online.ofAccount(caller.accountId)) {
    if (deviceId !== caller.deviceId) connection.push({ kind: { case: 'accountItems', value: { version } } });
  }
  return done({ version });
};
