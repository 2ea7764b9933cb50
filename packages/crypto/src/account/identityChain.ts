/**
 * The identity chain (spec/accounts.md, "Identity chain"): an append-only list, signed by the account's identity
 * key, of which devices are the account's. Invariant: a VerifiedChain comes only out of this file, and each of its
 * entries was signed, linked to the one before, and changed exactly what it said.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { equalBytes, type Provider, type SigningKey } from '@sotto/primitives';
import {
  type AccountId,
  type ChainBody,
  ChainBodySchema,
  ChainDeviceSchema,
  type ChainEntry,
  ChainEntrySchema,
  ChainOperation,
  type DeviceId,
  idToBytes,
  limits,
  type PasskeyId,
} from '@sotto/protocol';
import { labelled } from '../labels.ts';
import { type DecodedChainEntry, decodeChainBody, usesKey } from './chainBody.ts';
import type {
  ChainExpectations,
  ChainRefusal,
  ChainRefusalReason,
  CreateChainOptions,
  ExtendChainOptions,
  ExtendedChain,
  ExtendRefusal,
  NewChainDevice,
  VerifiedChain,
  VerifiedDevice,
} from './types.ts';

const signatureSizeBytes = 64;

/** Entry 0, with the account's first device. */
export async function createChain(provider: Provider, options: CreateChainOptions): Promise<ExtendedChain> {
  const identity = await provider.ed25519.importKey(options.identitySeed);
  const { device } = options;
  return signEntry(provider, identity, {
    accountId: options.accountId,
    before: null,
    operation: options.replacedAccountId === undefined ? ChainOperation.CREATE : ChainOperation.RESET,
    historyPublicKey: options.historyPublicKey,
    devices: new Map([[device.deviceId, asVerified(device, 0)]]),
    vaultHash: options.vaultHash ?? new Uint8Array(0),
    deviceId: device.deviceId,
    passkeyId: null,
    replacedAccountId: options.replacedAccountId ?? null,
    nowMs: options.nowMs,
  });
}

/** The next entry: one device more, one less, or another vault. */
export async function extendChain(
  provider: Provider,
  options: ExtendChainOptions,
): Promise<ExtendedChain | ExtendRefusal> {
  const { chain, change } = options;
  const identity = await provider.ed25519.importKey(options.identitySeed);
  if (!equalBytes(identity.publicKey, chain.identityKey)) return extendRefused('wrong_identity');
  if (chain.seq + 1 >= limits.chainEntries) return extendRefused('too_long');
  const devices = new Map(chain.devices);
  if (change.kind === 'addDevice') {
    const { device } = change;
    if (devices.has(device.deviceId) || usesKey(devices, device.signatureKey)) {
      return extendRefused('known_device');
    }
    if (devices.size >= limits.devicesPerAccount) return extendRefused('too_many_devices');
    devices.set(device.deviceId, asVerified(device, chain.seq + 1));
  } else if (change.kind === 'removeDevice' && !devices.delete(change.deviceId)) {
    return extendRefused('unknown_device');
  } else if (change.kind === 'addPasskey') {
    if (chain.passkeys.has(change.passkeyId)) return extendRefused('known_passkey');
    if (chain.passkeys.size >= limits.passkeysPerAccount) return extendRefused('too_many_passkeys');
  } else if (change.kind === 'removePasskey' && !chain.passkeys.has(change.passkeyId)) {
    return extendRefused('unknown_passkey');
  }
  return signEntry(provider, identity, {
    accountId: chain.accountId,
    before: chain,
    operation: operations[change.kind],
    historyPublicKey:
      change.kind === 'removeDevice'
        ? (change.historyPublicKey ?? chain.historyPublicKey)
        : chain.historyPublicKey,
    devices,
    vaultHash: (change.kind === 'addDevice' ? undefined : change.vaultHash) ?? chain.vaultHash,
    deviceId: deviceIdOf(change),
    passkeyId: change.kind === 'addPasskey' || change.kind === 'removePasskey' ? change.passkeyId : null,
    replacedAccountId: null,
    nowMs: options.nowMs,
  });
}

const operations = {
  addDevice: ChainOperation.ADD_DEVICE,
  removeDevice: ChainOperation.REMOVE_DEVICE,
  changePassword: ChainOperation.CHANGE_PASSWORD,
  changeRecoveryCode: ChainOperation.CHANGE_RECOVERY_CODE,
  recover: ChainOperation.RECOVER,
  addPasskey: ChainOperation.ADD_PASSKEY,
  removePasskey: ChainOperation.REMOVE_PASSKEY,
} as const satisfies Record<ExtendChainOptions['change']['kind'], ChainOperation>;

function deviceIdOf(change: ExtendChainOptions['change']): DeviceId | null {
  if (change.kind === 'addDevice') return change.device.deviceId;
  return change.kind === 'removeDevice' ? change.deviceId : null;
}

/** Checks a whole chain, or (with `after`) its continuation, and what was known of it before. */
export async function verifyChain(
  provider: Provider,
  entries: readonly ChainEntry[],
  expected: ChainExpectations,
): Promise<VerifiedChain | ChainRefusal> {
  let chain: VerifiedChain | null = expected.after ?? null;
  if (chain !== null && chain.accountId !== expected.accountId) return refused('wrong_account');
  if ((chain?.hashes.length ?? 0) + entries.length > limits.chainEntries) return refused('too_long');
  for (const entry of entries) {
    const next: VerifiedChain | ChainRefusal = await verifyEntry(provider, entry, expected.accountId, chain);
    if (next.kind === 'refused') return next;
    chain = next;
  }
  if (chain === null) return refused('empty');
  if (expected.identityKey !== undefined && !equalBytes(expected.identityKey, chain.identityKey)) {
    return refused('changed_identity');
  }
  if (expected.pinned !== undefined) {
    const hash = chain.hashes[expected.pinned.seq];
    if (hash === undefined) return refused('rolled_back');
    if (!equalBytes(hash, expected.pinned.hash)) return refused('forked');
  }
  return chain;
}

async function verifyEntry(
  provider: Provider,
  entry: ChainEntry,
  accountId: AccountId,
  before: VerifiedChain | null,
): Promise<VerifiedChain | ChainRefusal> {
  const body = decodeChainBody(provider, entry.body);
  if (body === null || entry.signature.length !== signatureSizeBytes) return refused('malformed');
  if (body.accountId !== accountId) return refused('wrong_account');
  if (body.seq !== (before === null ? 0 : before.seq + 1)) return refused('wrong_sequence');
  if (before !== null && !equalBytes(body.prevHash, before.hash)) return refused('broken_link');
  const identityKey = before?.identityKey ?? body.identityKey;
  if (!equalBytes(body.identityKey, identityKey)) return refused('changed_identity');
  if (!(await provider.ed25519.verify(identityKey, labelled('chainEntry', entry.body), entry.signature))) {
    return refused('invalid_signature');
  }
  if (
    before !== null &&
    body.operation !== ChainOperation.REMOVE_DEVICE &&
    !equalBytes(body.historyPublicKey, before.historyPublicKey)
  ) {
    return refused('changed_identity');
  }
  if (
    before !== null &&
    body.operation === ChainOperation.ADD_DEVICE &&
    !equalBytes(body.vaultHash, before.vaultHash)
  ) {
    return refused('changed_identity');
  }
  const devices = applyChange(body, before);
  const passkeys = applyPasskeyChange(body, before);
  const isReset = body.operation === ChainOperation.RESET;
  if (devices === null || passkeys === null) return refused('invalid_change');
  if (isReset !== (body.replacedAccountId !== null) || body.replacedAccountId === accountId) {
    return refused('invalid_change');
  }
  const hash = provider.sha256(entry.body);
  return {
    kind: 'verifiedChain',
    accountId,
    identityKey,
    historyPublicKey: body.historyPublicKey,
    seq: body.seq,
    hash,
    devices,
    passkeys,
    replacedAccountId: before?.replacedAccountId ?? body.replacedAccountId,
    everListed: withListed(before, devices),
    hashes: [...(before?.hashes ?? []), hash],
    vaultHash: body.vaultHash,
    events: [
      ...(before?.events ?? []),
      {
        operation: body.operation,
        atMs: body.createdAtMs,
        deviceId: changedDevice(before, devices),
        passkeyId: body.passkeyId,
      },
    ],
  };
}

/** The one device that is in only one of the two. */
function changedDevice(
  before: VerifiedChain | null,
  devices: ReadonlyMap<DeviceId, VerifiedDevice>,
): DeviceId | null {
  for (const deviceId of devices.keys()) if (before?.devices.has(deviceId) !== true) return deviceId;
  for (const deviceId of before?.devices.keys() ?? []) if (!devices.has(deviceId)) return deviceId;
  return null;
}

/** The first key under which a device id was listed stands: no later entry can claim what was signed before. */
function withListed(
  before: VerifiedChain | null,
  devices: ReadonlyMap<DeviceId, VerifiedDevice>,
): ReadonlyMap<DeviceId, Uint8Array> {
  const listed = new Map(before?.everListed);
  for (const [deviceId, { signatureKey }] of devices) {
    if (!listed.has(deviceId)) listed.set(deviceId, signatureKey);
  }
  return listed;
}

/** The devices after an entry, or null where it does anything but the one change that it declares. */
function applyChange(
  body: DecodedChainEntry,
  before: VerifiedChain | null,
): ReadonlyMap<DeviceId, VerifiedDevice> | null {
  const earlier: ReadonlyMap<DeviceId, VerifiedDevice> = before?.devices ?? new Map();
  const devices = new Map<DeviceId, VerifiedDevice>();
  let addedCount = 0;
  for (const [deviceId, device] of body.devices) {
    const known = earlier.get(deviceId);
    if (known === undefined) {
      addedCount += 1;
      devices.set(deviceId, { ...device, addedSeq: body.seq });
    } else if (
      equalBytes(known.signatureKey, device.signatureKey) &&
      known.notAfterMs === device.notAfterMs
    ) {
      devices.set(deviceId, known);
    } else {
      return null;
    }
  }
  const removedCount = earlier.size + addedCount - devices.size;
  return isDeclared(body.operation, before === null, addedCount, removedCount) ? devices : null;
}

/** The passkeys after an entry, or null where it names one and should not, or the other way round. */
function applyPasskeyChange(
  { operation, passkeyId, seq }: Pick<DecodedChainEntry, 'operation' | 'passkeyId' | 'seq'>,
  before: VerifiedChain | null,
): ReadonlyMap<PasskeyId, number> | null {
  const passkeys = new Map(before?.passkeys);
  switch (operation) {
    case ChainOperation.ADD_PASSKEY:
      if (passkeyId === null || passkeys.has(passkeyId)) return null;
      return passkeys.size < limits.passkeysPerAccount ? passkeys.set(passkeyId, seq) : null;
    case ChainOperation.REMOVE_PASSKEY:
      return passkeyId !== null && passkeys.delete(passkeyId) ? passkeys : null;
    default:
      return passkeyId === null ? passkeys : null;
  }
}

function isDeclared(
  operation: ChainOperation,
  isFirst: boolean,
  addedCount: number,
  removedCount: number,
): boolean {
  switch (operation) {
    case ChainOperation.CREATE:
    case ChainOperation.RESET:
      return isFirst && addedCount === 1 && removedCount === 0;
    case ChainOperation.ADD_DEVICE:
      return !isFirst && addedCount === 1 && removedCount === 0;
    case ChainOperation.REMOVE_DEVICE:
      return !isFirst && addedCount === 0 && removedCount === 1;
    case ChainOperation.CHANGE_PASSWORD:
    case ChainOperation.CHANGE_RECOVERY_CODE:
    case ChainOperation.RECOVER:
    case ChainOperation.ADD_PASSKEY:
    case ChainOperation.REMOVE_PASSKEY:
      return !isFirst && addedCount === 0 && removedCount === 0;
    default:
      return false;
  }
}

interface NewEntry {
  readonly accountId: AccountId;
  readonly before: VerifiedChain | null;
  readonly operation: ChainOperation;
  readonly historyPublicKey: Uint8Array;
  readonly devices: ReadonlyMap<DeviceId, VerifiedDevice>;
  readonly vaultHash: Uint8Array;
  /** The device that comes or goes. */
  readonly deviceId: DeviceId | null;
  /** The passkey that does. */
  readonly passkeyId: PasskeyId | null;
  readonly replacedAccountId: AccountId | null;
  readonly nowMs: number;
}

async function signEntry(provider: Provider, identity: SigningKey, next: NewEntry): Promise<ExtendedChain> {
  const seq = next.before === null ? 0 : next.before.seq + 1;
  const message: ChainBody = create(ChainBodySchema, {
    accountId: idToBytes(next.accountId),
    seq: BigInt(seq),
    prevHash: next.before?.hash ?? new Uint8Array(0),
    operation: next.operation,
    identityKey: identity.publicKey,
    historyPublicKey: next.historyPublicKey,
    devices: Array.from(next.devices, ([deviceId, device]) =>
      create(ChainDeviceSchema, {
        deviceId: idToBytes(deviceId),
        signatureKey: device.signatureKey,
        notAfterMs: BigInt(device.notAfterMs ?? 0),
      }),
    ),
    createdAtMs: BigInt(Math.floor(next.nowMs)),
    vaultHash: next.vaultHash,
    passkeyId: next.passkeyId === null ? new Uint8Array(0) : idToBytes(next.passkeyId),
    replacedAccountId:
      next.replacedAccountId === null ? new Uint8Array(0) : idToBytes(next.replacedAccountId),
  });
  const body = toBinary(ChainBodySchema, message);
  const signature = await identity.sign(labelled('chainEntry', body));
  const hash = provider.sha256(body);
  return {
    kind: 'extended',
    entry: create(ChainEntrySchema, { body, signature }),
    chain: {
      kind: 'verifiedChain',
      accountId: next.accountId,
      identityKey: identity.publicKey,
      historyPublicKey: next.historyPublicKey,
      seq,
      hash,
      devices: next.devices,
      passkeys: applyPasskeyChange({ ...next, seq }, next.before) ?? new Map(),
      replacedAccountId: next.before?.replacedAccountId ?? next.replacedAccountId,
      everListed: withListed(next.before, next.devices),
      hashes: [...(next.before?.hashes ?? []), hash],
      vaultHash: next.vaultHash,
      events: [
        ...(next.before?.events ?? []),
        {
          operation: next.operation,
          atMs: Math.floor(next.nowMs),
          deviceId: next.deviceId,
          passkeyId: next.passkeyId,
        },
      ],
    },
  };
}

function asVerified(device: NewChainDevice, addedSeq: number): VerifiedDevice {
  return { signatureKey: device.signatureKey, notAfterMs: device.notAfterMs, addedSeq };
}

function refused(reason: ChainRefusalReason): ChainRefusal {
  return { kind: 'refused', reason };
}

function extendRefused(reason: ExtendRefusal['reason']): ExtendRefusal {
  return { kind: 'refused', reason };
}
