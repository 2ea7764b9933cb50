/** The body of a chain entry (spec/accounts.md, "Identity chain") as it reads: its parts have their sizes. */
import { equalBytes, type Provider } from '@sotto/primitives';
import {
  type AccountId,
  ChainBodySchema,
  type ChainDevice,
  type ChainOperation,
  type DeviceId,
  idFromBytes,
  idSizeBytes,
  limits,
  type PasskeyId,
} from '@sotto/protocol';
import { decodeMessage } from '../decodeMessage.ts';
import type { VerifiedDevice } from './types.ts';

const signatureKeySizeBytes = 32;
const hashSizeBytes = 32;

/** One entry as it reads: its parts have their sizes, nothing else has been checked. */
export interface DecodedChainEntry {
  readonly accountId: AccountId;
  readonly seq: number;
  /** Empty in entry 0. */
  readonly prevHash: Uint8Array;
  readonly operation: ChainOperation;
  readonly identityKey: Uint8Array;
  readonly historyPublicKey: Uint8Array;
  readonly devices: ReadonlyMap<DeviceId, Omit<VerifiedDevice, 'addedSeq'>>;
  readonly createdAtMs: number;
  readonly vaultHash: Uint8Array;
  readonly passkeyId: PasskeyId | null;
  readonly replacedAccountId: AccountId | null;
}

/** Reads one entry's body; null where it is malformed or exceeds a limit. */
export function decodeChainBody(provider: Provider, bytes: Uint8Array): DecodedChainEntry | null {
  if (bytes.length > limits.chainEntrySizeBytes) return null;
  const body = decodeMessage(ChainBodySchema, bytes);
  if (body === null) return null;
  const accountId = idFromBytes<AccountId>(body.accountId);
  const devices = decodeDevices(body.devices);
  if (
    accountId === null ||
    devices === null ||
    body.seq >= BigInt(limits.chainEntries) ||
    body.prevHash.length !== (body.seq === 0n ? 0 : hashSizeBytes) ||
    body.identityKey.length !== signatureKeySizeBytes ||
    body.historyPublicKey.length !== provider.hpke.publicKeySize ||
    body.createdAtMs > BigInt(Number.MAX_SAFE_INTEGER) ||
    (body.vaultHash.length !== 0 && body.vaultHash.length !== hashSizeBytes) ||
    ![0, idSizeBytes].includes(body.passkeyId.length) ||
    ![0, idSizeBytes].includes(body.replacedAccountId.length)
  ) {
    return null;
  }
  return {
    accountId,
    seq: Number(body.seq),
    prevHash: body.prevHash,
    operation: body.operation,
    identityKey: body.identityKey.slice(),
    historyPublicKey: body.historyPublicKey.slice(),
    devices,
    createdAtMs: Number(body.createdAtMs),
    vaultHash: body.vaultHash.slice(),
    passkeyId: idFromBytes<PasskeyId>(body.passkeyId),
    replacedAccountId: idFromBytes<AccountId>(body.replacedAccountId),
  };
}

function decodeDevices(listed: readonly ChainDevice[]): DecodedChainEntry['devices'] | null {
  if (listed.length > limits.devicesPerAccount) return null;
  const devices = new Map<DeviceId, Omit<VerifiedDevice, 'addedSeq'>>();
  for (const device of listed) {
    const deviceId = idFromBytes<DeviceId>(device.deviceId);
    if (
      deviceId === null ||
      devices.has(deviceId) ||
      device.signatureKey.length !== signatureKeySizeBytes ||
      usesKey(devices, device.signatureKey) ||
      device.notAfterMs > BigInt(Number.MAX_SAFE_INTEGER)
    ) {
      return null;
    }
    devices.set(deviceId, {
      signatureKey: device.signatureKey.slice(),
      notAfterMs: device.notAfterMs === 0n ? null : Number(device.notAfterMs),
    });
  }
  return devices;
}

/** Whether a device with this key is listed. */
export function usesKey(
  devices: ReadonlyMap<DeviceId, Pick<VerifiedDevice, 'signatureKey'>>,
  signatureKey: Uint8Array,
): boolean {
  return devices.values().some((device) => equalBytes(device.signatureKey, signatureKey));
}
