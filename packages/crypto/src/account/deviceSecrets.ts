/**
 * What the devices of an account share (spec/accounts.md, "Devices"): each is told of renewed secrets under a key
 * derived from its own lock key, which a removed device does not know of the others; and names of devices are sealed
 * under a key derived from the history private key, which all devices have and the server has not.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { concatBytes, type Provider, wipe } from '@sotto/primitives';
import {
  type AccountId,
  type DeviceId,
  type DeviceLabel,
  DeviceLabelSchema,
  DeviceSecretsSchema,
  idToBytes,
  limits,
} from '@sotto/protocol';
import { decodeMessage } from '../decodeMessage.ts';
import { labelled, u64Bytes } from '../labels.ts';

const nonceSizeBytes = 24;

/** The new history private key for one device, as of chain entry `chainSeq`. `lockKey` is that device's. */
export function sealDeviceSecrets(
  provider: Provider,
  lockKey: Uint8Array,
  chainSeq: number,
  historyPrivateKey: Uint8Array,
): Uint8Array {
  const plaintext = toBinary(DeviceSecretsSchema, create(DeviceSecretsSchema, { historyPrivateKey }));
  const sealed = seal(provider, 'deviceSecrets', lockKey, u64Bytes(BigInt(chainSeq)), plaintext);
  wipe(plaintext);
  return sealed;
}

/** The history private key, or null where it is not for this device and entry. */
export function openDeviceSecrets(
  provider: Provider,
  lockKey: Uint8Array,
  chainSeq: number,
  sealed: Uint8Array,
): Uint8Array | null {
  const plaintext = open(provider, 'deviceSecrets', lockKey, u64Bytes(BigInt(chainSeq)), sealed);
  if (plaintext === null) return null;
  const key = decodeMessage(DeviceSecretsSchema, plaintext)?.historyPrivateKey.slice() ?? null;
  wipe(plaintext);
  return key?.length === provider.hpke.privateKeySize ? key : null;
}

export function sealDeviceLabel(
  provider: Provider,
  historyPrivateKey: Uint8Array,
  accountId: AccountId,
  deviceId: DeviceId,
  label: { readonly name: string; readonly system: string },
): Uint8Array {
  const { name, system } = label;
  const plaintext = toBinary(DeviceLabelSchema, create(DeviceLabelSchema, { name, system }));
  return seal(provider, 'deviceLabel', historyPrivateKey, deviceAad(accountId, deviceId), plaintext);
}

/** Null where it is malformed, another device's, or sealed under another key. */
export function openDeviceLabel(
  provider: Provider,
  historyPrivateKey: Uint8Array,
  accountId: AccountId,
  deviceId: DeviceId,
  sealed: Uint8Array,
): { readonly name: string; readonly system: string } | null {
  if (sealed.length > limits.deviceLabelSizeBytes) return null;
  const aad = deviceAad(accountId, deviceId);
  const plaintext = open(provider, 'deviceLabel', historyPrivateKey, aad, sealed);
  const label: DeviceLabel | null = plaintext && decodeMessage(DeviceLabelSchema, plaintext);
  if (label === null) return null;
  const { deviceNameLength } = limits;
  return { name: label.name.slice(0, deviceNameLength), system: label.system.slice(0, deviceNameLength) };
}

function deviceAad(accountId: AccountId, deviceId: DeviceId): Uint8Array {
  return concatBytes(idToBytes(accountId), idToBytes(deviceId));
}

type Use = 'deviceSecrets' | 'deviceLabel';

function seal(
  provider: Provider,
  use: Use,
  key: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const derived = provider.hkdf.expand(key, labelled(use), 32);
  const nonce = provider.randomBytes(nonceSizeBytes);
  const sealed = concatBytes(nonce, provider.xchacha20Poly1305.seal(derived, nonce, aad, plaintext));
  wipe(derived);
  return sealed;
}

function open(
  provider: Provider,
  use: Use,
  key: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | null {
  if (sealed.length < nonceSizeBytes) return null;
  const derived = provider.hkdf.expand(key, labelled(use), 32);
  const nonce = sealed.subarray(0, nonceSizeBytes);
  const opened = provider.xchacha20Poly1305.open(derived, nonce, aad, sealed.subarray(nonceSizeBytes));
  wipe(derived);
  return opened;
}
