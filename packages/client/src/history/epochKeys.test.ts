import { createDeposit, createDevice, type EpochRoles } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { expect, it } from 'vitest';
import { insertHistoryKey } from '../account/historyKeyTable.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { insertDeposit, readDeposits } from './depositTable.ts';
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
  const row = { kind: 'direct', peerId: accountId } as ConversationRow;
  const step = { read: database.read.bind(database) };
  const found = await findEpochKeys(device, step, row, logId, [epoch]);
  await database.transaction((sql) => found.store(sql));
  const again = await findEpochKeys(device, step, row, logId, [epoch]);
  expect(again.keys).toEqual(found.keys);
  return (found.keys.get(epoch) ?? []).map(({ historyKey }) => historyKey.toHex().slice(0, 2));
}

it('takes a key that a removed device deposited only where there is no other', async () => {
  expect(await keysOf(['listed'])).toEqual(['01']);
  // What it deposited while it was one.
  expect(await keysOf(['removed'])).toEqual(['02']);
  // What it may have deposited afterwards, to write under it.
  expect(await keysOf(['listed', 'removed'])).toEqual(['01']);
  expect(await keysOf(['removed', 'listed'])).toEqual(['01']);
});

const otherId = '03'.repeat(16) as AccountId;
const rights = {
  addMembers: 'admins',
  removeMembers: 'admins',
  editDetails: 'admins',
  call: 'everyone',
  setTimer: 'admins',
  pin: 'admins',
  deleteMessages: 'admins',
  send: 'everyone',
} as const;
const trueRoles: EpochRoles = { ownerId: accountId, adminIds: [], rights, isLarge: false };
const falseRoles: EpochRoles = { ownerId: otherId, adminIds: [], rights, isLarge: false };

/** Who owned the group in an epoch, by deposits of the same key that come one after the other, each read at once or all together. */
async function ownerBy(
  deposits: readonly { readonly by: AccountId; readonly roles: EpochRoles }[],
  isReadAtOnce: boolean,
): Promise<AccountId | undefined> {
  const { publicKey, privateKey } = await provider.hpke.generateKeyPair();
  const database = new TestDisk().open();
  await migrate(database);
  await database.transaction((sql) => insertHistoryKey(sql, privateKey));
  const keys = await createDevice(provider);
  const chainOf = (of: AccountId) => ({
    accountId: of,
    historyPublicKey: publicKey,
    devices: new Map([[keys.deviceId, {}]]),
    everListed: new Map<DeviceId, Uint8Array>([[keys.deviceId, keys.signingKey.publicKey]]),
  });
  const device = {
    provider,
    self: { accountId },
    directory: { chain: async (of: AccountId) => chainOf(of) },
  } as unknown as DeviceContext;
  const row = { kind: 'direct', peerId: otherId } as ConversationRow;
  const step = { read: database.read.bind(database) };
  const read = async () => {
    const found = await findEpochKeys(device, step, row, logId, [epoch]);
    await database.transaction((sql) => found.store(sql));
    return found.keys.get(epoch)?.[0]?.roles?.ownerId;
  };
  for (const [at, { by, roles }] of deposits.entries()) {
    const { deviceId, signingKey } = keys;
    const self = { accountId: by, deviceId, signingKey } as Parameters<typeof createDeposit>[1];
    const key = { conversationId: logId, epoch, historyKey: new Uint8Array(32).fill(1), roles };
    const deposit = await createDeposit(provider, self, key, chainOf(accountId));
    const depositor = { accountId: by, deviceId };
    await database.transaction((sql) => insertDeposit(sql, { seq: at + 1, deposit, depositor }));
    if (isReadAtOnce) await read();
  }
  const first = await read();
  expect(await read()).toBe(first);
  return first;
}

it.each([true, false])(
  'takes roles from who deposited first, and from this account above all',
  async (isReadAtOnce) => {
    // Whoever made the commit deposited with it; another member does later, for the devices that come later.
    const lateLie = [
      { by: accountId, roles: trueRoles },
      { by: otherId, roles: falseRoles },
    ];
    expect(await ownerBy(lateLie, isReadAtOnce)).toBe(accountId);
    const third = '04'.repeat(16) as AccountId;
    const byOthers = [
      { by: otherId, roles: { ...trueRoles, ownerId: third } },
      { by: otherId, roles: falseRoles },
    ];
    expect(await ownerBy(byOthers, isReadAtOnce)).toBe(third);
    // Whoever made the commit lied: this account's devices that were there put it right.
    expect(await ownerBy(lateLie.toReversed(), isReadAtOnce)).toBe(accountId);
  },
);

it('keeps so many deposits of several epochs by one account, since each is tried for every epoch that it may have', async () => {
  const database = new TestDisk().open();
  await migrate(database);
  const bytes = new Uint8Array(1);
  await database.transaction((sql) => {
    for (let at = 1; at <= 500; at++) {
      const deposit = { conversationId: logId, firstEpoch: 1n, enc: bytes, sealed: bytes, signature: bytes };
      const depositor = { accountId: otherId, deviceId: 'd0'.repeat(16) as DeviceId };
      insertDeposit(sql, { seq: at, deposit: { ...deposit, epoch: BigInt(at + 7) }, depositor });
    }
  });
  const kept = database.read((sql) => readDeposits(sql, logId, epoch));
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.length).toBeLessThan(100);
});
