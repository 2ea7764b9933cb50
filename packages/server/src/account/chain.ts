/**
 * The server's check of identity chains (spec/server.md §Accounts). It keeps honest clients from a chain that
 * others would refuse; clients trust only their own check. The bytes are hashed and verified as received.
 */
import { createHash } from 'node:crypto';
import { fromBinary } from '@bufbuild/protobuf';
import {
  type AccountId,
  type ChainBody,
  ChainBodySchema,
  type ChainEntry,
  ChainOperation,
  type DeviceId,
  idFromBytes,
  idSizeBytes,
  idToBytes,
  limits,
  type Vault,
} from '@sotto/protocol';
import type { NewDevice, StoredChainEntry } from '../store/store.ts';
import { verifyEd25519 } from './verifyEd25519.ts';

const chainEntryLabel = 'Sotto 1 chain entry';
const identityKeySizeBytes = 32;
const historyPublicKeySizeBytes = 1216;
const deviceKeySizeBytes = 32;
const vaultHashSizeBytes = 32;
const vaultHashLabel = 'Sotto 1 vault hash';

/** An entry that is well formed and signed by the identity key it names. */
export interface VerifiedChainEntry {
  readonly stored: StoredChainEntry;
  readonly body: ChainBody;
  readonly devices: ReadonlyMap<DeviceId, NewDevice>;
}

/** Null where the entry is malformed, not signed, or another account's. */
export function verifyChainEntry(entry: ChainEntry, accountId: AccountId): VerifiedChainEntry | null {
  if (entry.body.length + entry.signature.length > limits.chainEntrySizeBytes) return null;
  const body = decodeChainBody(entry.body);
  if (body === null || Buffer.compare(body.accountId, idToBytes(accountId)) !== 0) return null;
  if (body.identityKey.length !== identityKeySizeBytes) return null;
  if (body.historyPublicKey.length !== historyPublicKeySizeBytes) return null;
  if (body.seq >= BigInt(limits.chainEntries)) return null;
  if (body.vaultHash.length !== 0 && body.vaultHash.length !== vaultHashSizeBytes) return null;
  const namesPasskey =
    body.operation === ChainOperation.ADD_PASSKEY || body.operation === ChainOperation.REMOVE_PASSKEY;
  if (body.passkeyId.length !== (namesPasskey ? idSizeBytes : 0)) return null;
  const isReset = body.operation === ChainOperation.RESET;
  if (body.replacedAccountId.length !== (isReset ? idSizeBytes : 0)) return null;
  const devices = decodeDevices(body);
  if (devices === null) return null;
  if (!verifyEd25519(body.identityKey, chainEntryLabel, [entry.body], entry.signature)) return null;
  const stored = { seq: Number(body.seq), body: entry.body, signature: entry.signature };
  return { stored, body, devices };
}

/** Whether `entry` may begin a chain: of a new account, or of one that takes the place of `replacedId`. */
export function isFirstEntry(
  { body, devices }: VerifiedChainEntry,
  replacedId: AccountId | null = null,
): boolean {
  const isFirst = body.seq === 0n && body.prevHash.length === 0 && devices.size === 1;
  if (replacedId === null) return isFirst && body.operation === ChainOperation.CREATE;
  const isOfReplaced = idFromBytes<AccountId>(body.replacedAccountId) === replacedId;
  return isFirst && body.operation === ChainOperation.RESET && isOfReplaced;
}

/** Whether `body` names this vault. */
export function namesVault(body: ChainBody, vault: Vault): boolean {
  const hash = createHash('sha256').update(vaultHashLabel).update(vault.sealed).digest();
  return Buffer.compare(body.vaultHash, hash) === 0;
}

/** Whether `next` is signed by the identity key of the account whose chain ends with `head`. */
export function isOfSameIdentity(head: StoredChainEntry, { body }: VerifiedChainEntry): boolean {
  const before = decodeChainBody(head.body);
  return before !== null && Buffer.compare(body.identityKey, before.identityKey) === 0;
}

/** The devices that `next` brings and takes away, or null where it may not follow `head`. */
export function compareWithHead(
  head: StoredChainEntry,
  next: VerifiedChainEntry,
): { added: NewDevice[]; removed: DeviceId[] } | null {
  const before = decodeChainBody(head.body);
  const devicesBefore = before === null ? null : decodeDevices(before);
  if (before === null || devicesBefore === null) return null;
  const { body, devices, stored } = next;
  const hash = createHash('sha256').update(head.body).digest();
  if (stored.seq !== head.seq + 1 || Buffer.compare(body.prevHash, hash) !== 0) return null;
  if (Buffer.compare(body.identityKey, before.identityKey) !== 0) return null;
  for (const [id, device] of devices) {
    const known = devicesBefore.get(id);
    if (known !== undefined && Buffer.compare(known.signatureKey, device.signatureKey) !== 0) return null;
  }
  const added = [...devices.values()].filter(({ deviceId }) => !devicesBefore.has(deviceId));
  const removed = [...devicesBefore.keys()].filter((id) => !devices.has(id));
  switch (body.operation) {
    case ChainOperation.ADD_DEVICE: {
      const isSameVault = Buffer.compare(body.vaultHash, before.vaultHash) === 0;
      return added.length === 1 && removed.length === 0 && isSameVault ? { added, removed } : null;
    }
    case ChainOperation.REMOVE_DEVICE:
      return added.length === 0 && removed.length > 0 ? { added, removed } : null;
    case ChainOperation.CHANGE_PASSWORD:
    case ChainOperation.CHANGE_RECOVERY_CODE:
    case ChainOperation.RECOVER:
    case ChainOperation.ADD_PASSKEY:
    case ChainOperation.REMOVE_PASSKEY: {
      const isSameKey = Buffer.compare(body.historyPublicKey, before.historyPublicKey) === 0;
      return added.length === 0 && removed.length === 0 && isSameKey ? { added, removed } : null;
    }
    default:
      return null;
  }
}

function decodeChainBody(bytes: Uint8Array): ChainBody | null {
  try {
    return fromBinary(ChainBodySchema, bytes);
  } catch {
    return null;
  }
}

function decodeDevices(body: ChainBody): Map<DeviceId, NewDevice> | null {
  const devices = new Map<DeviceId, NewDevice>();
  if (body.devices.length > limits.devicesPerAccount) return null;
  for (const { deviceId: idBytes, signatureKey, notAfterMs } of body.devices) {
    const deviceId = idFromBytes<DeviceId>(idBytes);
    if (deviceId === null || devices.has(deviceId) || signatureKey.length !== deviceKeySizeBytes) return null;
    if (notAfterMs > BigInt(Number.MAX_SAFE_INTEGER)) return null;
    devices.set(deviceId, { deviceId, signatureKey, notAfterMs: Number(notAfterMs) });
  }
  return devices;
}
