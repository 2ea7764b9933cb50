import {
  type AccountSecrets,
  createDevice,
  createDeviceCredential,
  type DeviceKeys,
  lockKey,
  type NewChainDevice,
  type PairingAnswer,
  type Provider,
  type VerifiedChain,
} from '@sotto/crypto';
import type { ChainEntry, DeviceId } from '@sotto/protocol';
import { type DeviceRow, insertDevice, setDeviceState } from '../account/deviceTable.ts';
import { insertHistoryKey, setTakenSeq } from '../account/historyKeyTable.ts';
import { migrate } from '../database/migrate.ts';
import { storeChain } from '../directory/chainTable.ts';
import { noteOwnReplacement } from '../identity/replacedTable.ts';
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

/** What an account gives to a device. Secret: `lockKey`, `historyPrivateKeys`. */
export type DeviceGrant = Pick<PairingAnswer, 'credential' | 'lockKey' | 'historyPrivateKeys'>;

/** `chain`: with the device in it. */
export async function grantDevice(
  provider: Provider,
  secrets: AccountSecrets,
  chain: VerifiedChain,
  deviceId: DeviceId,
): Promise<DeviceGrant> {
  return {
    credential: await createDeviceCredential(provider, secrets.identitySeed, chain, deviceId),
    lockKey: lockKey(provider, secrets.lockRoot, deviceId),
    historyPrivateKeys: [...secrets.earlierHistoryPrivateKeys, secrets.historyPrivateKey],
  };
}

export interface Enrolment {
  readonly device: NewDevice;
  readonly username: string;
  readonly serverId: Uint8Array;
  readonly grant: DeviceGrant;
  /** With the device in it. */
  readonly chain: VerifiedChain;
  readonly entries: readonly ChainEntry[];
}

/**
 * Makes an empty database this device's, as `enrolling`: stored before the server is told of the device, so that a
 * crash in between leaves no device that nobody holds the keys of.
 */
export async function storeEnrolment(database: ClientDatabase, enrolment: Enrolment): Promise<void> {
  const { grant } = enrolment;
  const { keys } = enrolment.device;
  const row: DeviceRow = {
    accountId: enrolment.chain.accountId,
    deviceId: keys.deviceId,
    username: enrolment.username,
    seed: keys.seed,
    credential: grant.credential,
    serverId: enrolment.serverId,
    lockKey: grant.lockKey,
    state: 'enrolling',
  };
  await migrate(database);
  await database.transaction((sql) => {
    insertDevice(sql, row);
    for (const key of grant.historyPrivateKeys) insertHistoryKey(sql, key);
    setTakenSeq(sql, enrolment.chain.seq);
    storeChain(sql, enrolment.username, enrolment.chain, 0, enrolment.entries);
    const { accountId, replacedAccountId } = enrolment.chain;
    if (replacedAccountId !== null) noteOwnReplacement(sql, replacedAccountId, accountId);
  });
}

/** The server has the device. */
export async function confirmEnrolment(database: ClientDatabase): Promise<void> {
  await database.transaction((sql) => setDeviceState(sql, 'enrolled'));
}
