/**
 * Puts the account's items to the server (spec/history.md, "Account items"). What is put is stored before, and includes
 * the item that it takes the place of, so a crash or a lost answer only means that it is put again.
 */
import { accountItemSlot, sealAccountItem } from '@sotto/crypto';
import { limits, Connection as Methods } from '@sotto/protocol';
import { readHistoryKeys } from '../account/historyKeyTable.ts';
import { findConversationByLog } from '../conversations/conversationTable.ts';
import type { WorkResult } from '../conversations/workResult.ts';
import { afterError } from '../conversations/workResult.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { encodeMark } from '../marks/messageMark.ts';
import { findMark } from '../marks/messageMarkTable.ts';
import type { Sql } from '../ports.ts';
import { encodePackItem } from '../stickers/packItem.ts';
import { findPackItem } from '../stickers/packTable.ts';
import { memberPositions } from './applyOwnState.ts';
import { encodeItem, mergeStates, noState } from './conversationState.ts';
import {
  dueItems,
  findOwnItem,
  hasMovablePlaces,
  movePlaces,
  type OwnItemRow,
  readItemsVersion,
  setItemsVersion,
  storeOwnItem,
} from './ownStateTable.ts';
import { deleteUnopenedItem, unopenedVersion } from './unopenedItemTable.ts';

/** `stale`: another device put something meanwhile, to be read first. */
type PutResult = Exclude<WorkResult, { kind: 'later' }> | { readonly kind: 'stale' };

/** Puts what is due, as much as goes in one request; `idle` where nothing is, or there is no answer. */
export async function putItems(device: DeviceContext): Promise<PutResult> {
  const { database, provider } = device;
  if (database.read(hasMovablePlaces)) await device.steps.run((step) => step.commit(movePlaces));
  const { keys, rows } = database.read((sql) => {
    const keys = readHistoryKeys(sql);
    return { keys, rows: dueItems(sql, device.clock.now(), keys.length, limits.accountItemsPerRequest) };
  });
  const newest = keys[0];
  const first = keys.at(-1);
  if (rows.length === 0 || newest === undefined || first === undefined) return { kind: 'idle' };
  const { accountId } = device.self;
  const items = database.read((sql) =>
    rows.map((row) => {
      const slot = accountItemSlot(provider, first, row.place);
      return {
        slot,
        sealed: sealAccountItem(provider, newest, { accountId, slot }, plaintextOf(device, sql, row)),
        version: BigInt(Math.max(row.version, unopenedVersion(sql, slot.toHex()))),
      };
    }),
  );
  const result = await device.connection.call(Methods.method.putAccountItems, { items });
  if (result.kind === 'lost') return { kind: 'idle' };
  if (result.kind === 'error') {
    return result.error.code === 'item_stale' ? { kind: 'stale' } : (afterError(result.error) as PutResult);
  }
  // A version that there cannot be: nothing of it is stored, and all of it put again later.
  if (result.value.version > BigInt(Number.MAX_SAFE_INTEGER))
    return afterError({ code: 'unavailable' }) as PutResult;
  const lastVersion = Number(result.value.version);
  await device.steps.run((step) =>
    step.commit((sql) => {
      rows.forEach((row, index) => {
        const present = findOwnItem(sql, row.place);
        if (present === null) return;
        storeOwnItem(sql, {
          ...present,
          version: lastVersion - (rows.length - 1 - index),
          keyNumber: keys.length,
          dueAtMs: present.change === row.change ? null : present.dueAtMs,
        });
        const slot = items[index]?.slot.toHex();
        if (slot !== undefined) deleteUnopenedItem(sql, slot);
      });
      // Nobody else put anything in between: there is nothing to read.
      if (readItemsVersion(sql) === lastVersion - rows.length) setItemsVersion(sql, lastVersion);
    }),
  );
  return { kind: 'again' };
}

function plaintextOf(device: DeviceContext, sql: Sql, { place, state }: OwnItemRow): Uint8Array {
  const mark = findMark(sql, place);
  if (mark !== null) return encodeMark(mark);
  const pack = findPackItem(sql, place);
  if (pack !== null) return encodePackItem(pack);
  const row = findConversationByLog(sql, place);
  const members = row === null ? [] : memberPositions(sql, device.self.accountId, row);
  return encodeItem(place, mergeStates(state, { ...noState, members }));
}
