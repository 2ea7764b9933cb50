import { idSizeBytes, limits } from '@sotto/protocol';
import { done, refused } from '../outcome.ts';
import type { AccountItemRecord } from '../store/store.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooLarge, refuseTooMany } from './sizes.ts';

/**
 * spec/history.md §Account items: the newest value of each slot, put by a device that had read the one before. The
 * account's other devices are told.
 */
export const putAccountItems: ConnectionHandler<'putAccountItems'> = async (server, caller, request) => {
  const refusal =
    refuseTooMany(request.items, limits.accountItemsPerRequest) ??
    refuseTooLarge(...request.items.map(({ sealed }) => [sealed, limits.accountItemSizeBytes] as const));
  if (refusal !== null) return refusal;
  const items: AccountItemRecord[] = [];
  for (const { slot, sealed, version } of request.items) {
    const isSound = slot.length === idSizeBytes && sealed.length > 0;
    if (!isSound || version > BigInt(Number.MAX_SAFE_INTEGER)) return refused('malformed');
    items.push({ slot, sealed, version: Number(version) });
  }
  if (new Set(items.map(({ slot }) => slot.toHex())).size < items.length) return refused('malformed');
  const outcome = await server.store.putAccountItems(caller.accountId, items);
  if (outcome.kind === 'refused') return outcome;
  const version = BigInt(outcome.value);
  for (const { deviceId, connection } of server.online.ofAccount(caller.accountId)) {
    if (deviceId !== caller.deviceId) connection.push({ kind: { case: 'accountItems', value: { version } } });
  }
  return done({ version });
};
