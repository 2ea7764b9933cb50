import { createDeposit, createDevice } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { expect, it } from 'vitest';
import { insertHistoryKey } from '../account/historyKeyTable.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { insertDeposit } from './depositTable.ts';
import { findEpochKeys } from './epochKeys.ts';

const provider = await loadNodeProvider();
const accountId = '01'.repeat(16) as AccountId;
const logId = '02'.repeat(16) as ConversationId;
const epoch = 7n;

/** The keys of an epoch that deposits by these devices come to; each deposits a key of its own. */
async function keysOf(depositors: readonly ('listed' | 'removed')[]): Promise<string[]> {
  const { publicKey, privateKey } = await provider.hpke.generateKeyPair();
  const devices = { listed: await createDevice(provider), removed: await createDevice(provider) };
  const keyOf = (one: 'listed' | 'removed') => devices[one].signingKey.publicKey;
  const chain = {
    accountId,
    historyPublicKey: publicKey,
    devices: new Map([[devices.listed.deviceId, {}]]),
    everListed: new Map<DeviceId, Uint8Array>([
      [devices.listed.deviceId, keyOf('listed')],
      [devices.removed.deviceId, keyOf('removed')],
    ]),
  };
  const database = new TestDisk().open();
  await migrate(database);
  await database.transaction((sql) => insertHistoryKey(sql, privateKey));
  for (const [at, one] of depositors.entries()) {
    const { deviceId, signingKey } = devices[one];
    const self = { accountId, deviceId, signingKey } as Parameters<typeof createDeposit>[1];
    const historyKey = new Uint8Array(32).fill(one === 'listed' ? 1 : 2);
    const deposit = await createDeposit(provider, self, { conversationId: logId, epoch, historyKey }, chain);
    await database.transaction((sql) =>
      insertDeposit(sql, { seq: at + 1, deposit, depositor: { accountId, deviceId } }),
    );
  }
  const device = {
    provider,
    self: { accountId },
    directory: { chain: async () => chain },
  } as unknown as DeviceContext;
  const row = { peerId: accountId } as ConversationRow;
  const step = { read: database.read.bind(database) };
  const found = await findEpochKeys(device, step, row, logId, [epoch]);
  await database.transaction((sql) => found.store(sql));
  const again = await findEpochKeys(device, step, row, logId, [epoch]);
  expect(again.keys).toEqual(found.keys);
  return (found.keys.get(epoch) ?? []).map((key) => key.toHex().slice(0, 2));
}

it('takes a key that a removed device deposited only where there is no other', async () => {
  expect(await keysOf(['listed'])).toEqual(['01']);
  // What it deposited while it was one.
  expect(await keysOf(['removed'])).toEqual(['02']);
  // What it may have deposited afterwards, to write under it.
  expect(await keysOf(['listed', 'removed'])).toEqual(['01']);
  expect(await keysOf(['removed', 'listed'])).toEqual(['01']);
});
