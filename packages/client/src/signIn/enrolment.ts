import {
  type AccountSecrets,
  createDevice,
  createDeviceCredential,
  type DeviceKeys,
  lockKey,
  type NewChainDevice,
  type Provider,
  type VerifiedChain,
} from '@sotto/crypto';
import type { ChainEntry } from '@sotto/protocol';
import { type DeviceRow, insertDevice, setDeviceState } from '../account/deviceTable.ts';
import { insertHistoryKey, setTakenSeq } from '../account/historyKeyTable.ts';
import { migrate } from '../database/migrate.ts';
import { storeChain } from '../directory/chainTable.ts';
import type { ClientDatabase } from '../ports.ts';

/** A device that is about to be: its keys, and how a chain entry names it. */
export interface NewDevice {
  readonly keys: DeviceKeys;
  readonly chainDevice: NewChainDevice;
}

export async function createNewDevice(provider: Provider): Promise<NewDevice> {
  const keys = await createDevice(provider);
  return {
    keys,
    chainDevice: { deviceId: keys.deviceId, signatureKey: keys.signingKey.publicKey, notAfterMs: null },
  };
}

export interface Enrolment {
  readonly device: NewDevice;
  readonly username: string;
  readonly serverId: Uint8Array;
  /** For the device's credential, its lock key and its history keys. */
  readonly secrets: AccountSecrets;
  /** With the device in it. */
  readonly chain: VerifiedChain;
  readonly entries: readonly ChainEntry[];
}

/**
 * Makes an empty database this device's, as `enrolling`: stored before the server is told of the device, so that a
 * crash in between leaves no device that nobody holds the keys of.
 */
export async function storeEnrolment(
  provider: Provider,
  database: ClientDatabase,
  enrolment: Enrolment,
): Promise<DeviceRow> {
  const { secrets } = enrolment;
  const { keys } = enrolment.device;
  const row: DeviceRow = {
    accountId: enrolment.chain.accountId,
    deviceId: keys.deviceId,
    username: enrolment.username,
    seed: keys.seed,
    credential: await createDeviceCredential(provider, secrets.identitySeed, enrolment.chain, keys.deviceId),
    serverId: enrolment.serverId,
    lockKey: lockKey(provider, secrets.lockRoot, keys.deviceId),
    state: 'enrolling',
  };
  await migrate(database);
  await database.transaction((sql) => {
    insertDevice(sql, row);
    for (const key of [...secrets.earlierHistoryPrivateKeys, secrets.historyPrivateKey]) {
      insertHistoryKey(sql, key);
    }
    setTakenSeq(sql, enrolment.chain.seq);
    storeChain(sql, enrolment.username, enrolment.chain, 0, enrolment.entries);
  });
  return row;
}

/** The server has the device. */
export async function confirmEnrolment(database: ClientDatabase): Promise<void> {
  await database.transaction((sql) => setDeviceState(sql, 'enrolled'));
}
