/** A device's own key (spec/accounts.md, "Devices"): its MLS leaf key, and what it signs in to the server with. */
import type { Awaitable, Provider, SigningKey } from '@sotto/primitives';
import {
  type AccountId,
  type ChainEntry,
  type DeviceId,
  idFromBytes,
  idSizeBytes,
  idToBytes,
} from '@sotto/protocol';
import { labelled } from '../labels.ts';
import type { DeviceKeys } from './types.ts';

const serverIdSizeBytes = 16;
const nonceSizeBytes = 32;

/** A new device with a random id. */
export async function createDevice(provider: Provider): Promise<DeviceKeys> {
  const deviceId = idFromBytes<DeviceId>(provider.randomBytes(idSizeBytes))!;
  return importDevice(provider, deviceId, provider.ed25519.generateSeed());
}

/** A device's keys from its stored seed (32 bytes). */
export async function importDevice(
  provider: Provider,
  deviceId: DeviceId,
  seed: Uint8Array,
): Promise<DeviceKeys> {
  return { deviceId, seed, signingKey: await provider.ed25519.importKey(seed) };
}

/**
 * Answer to the server's challenge, 64 bytes. Throws a RangeError where `serverId` is not 16 or `nonce` not 32
 * bytes: a server shall not choose where the fields of what is signed begin.
 */
export function signAuthentication(
  signingKey: SigningKey,
  serverId: Uint8Array,
  nonce: Uint8Array,
  accountId: AccountId,
  deviceId: DeviceId,
): Awaitable<Uint8Array> {
  if (serverId.length !== serverIdSizeBytes || nonce.length !== nonceSizeBytes) {
    throw new RangeError('Malformed challenge');
  }
  return signingKey.sign(
    labelled('authenticate', serverId, nonce, idToBytes(accountId), idToBytes(deviceId)),
  );
}

/**
 * A device's word that its account, which can be opened no longer, is replaced by the one whose chain begins with
 * `entry`, 64 bytes. Throws a RangeError where `serverId` is not 16 bytes.
 */
export function signReset(
  provider: Provider,
  device: { readonly signingKey: SigningKey; readonly accountId: AccountId; readonly deviceId: DeviceId },
  serverId: Uint8Array,
  entry: ChainEntry,
): Awaitable<Uint8Array> {
  if (serverId.length !== serverIdSizeBytes) throw new RangeError('Malformed server id');
  const { accountId, deviceId } = device;
  const entryHash = provider.sha256(entry.body);
  return device.signingKey.sign(
    labelled('reset', serverId, idToBytes(accountId), idToBytes(deviceId), entryHash),
  );
}
