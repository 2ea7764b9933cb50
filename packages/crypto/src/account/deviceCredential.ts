/**
 * Device credentials (spec/accounts.md, "Device credentials"): the identity of an MLS leaf. It names the account,
 * the device and the chain entry that brought the device, and is signed by the account's identity key, so neither
 * a server nor a member can put a device of their own in the place of someone's.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { equalBytes, type Provider } from '@sotto/primitives';
import {
  type AccountId,
  CredentialBodySchema,
  DeviceCredentialSchema,
  type DeviceId,
  idFromBytes,
  idToBytes,
  limits,
} from '@sotto/protocol';
import { decodeMessage } from '../decodeMessage.ts';
import { labelled } from '../labels.ts';
import type { CredentialCache } from './credentialCache.ts';
import type {
  CredentialRefusal,
  CredentialRefusalReason,
  DecodedCredential,
  VerifiedChain,
  VerifiedCredential,
} from './types.ts';

/** An encoded DeviceCredential has about 200 bytes; more than this is no credential. */
export const maxCredentialSizeBytes = 1024;
const signatureKeySizeBytes = 32;
const hashSizeBytes = 32;
const signatureSizeBytes = 64;

/**
 * How the device must stand in the chain. `listed`: now, for a device that comes. `wasListed`: at some time, for
 * one that is in the group already, because a member that is to be removed must not keep others from joining.
 */
export type Standing = 'listed' | 'wasListed';

export interface CredentialContext {
  readonly provider: Provider;
  readonly nowMs: number;
  readonly credentials?: CredentialCache;
}

/** The credential of a device that `chain` lists. Throws a RangeError where it does not list it. */
export async function createDeviceCredential(
  provider: Provider,
  identitySeed: Uint8Array,
  chain: VerifiedChain,
  deviceId: DeviceId,
): Promise<Uint8Array> {
  const device = chain.devices.get(deviceId);
  if (device === undefined) throw new RangeError('The chain does not list the device');
  const identity = await provider.ed25519.importKey(identitySeed);
  const body = toBinary(
    CredentialBodySchema,
    create(CredentialBodySchema, {
      accountId: idToBytes(chain.accountId),
      deviceId: idToBytes(deviceId),
      signatureKey: device.signatureKey,
      chainSeq: BigInt(device.addedSeq),
      chainHash: chain.hashes[device.addedSeq]!,
    }),
  );
  const signature = await identity.sign(labelled('deviceCredential', body));
  return toBinary(DeviceCredentialSchema, create(DeviceCredentialSchema, { body, signature }));
}

/** What a credential says, none of it checked; null where it is malformed. */
export function decodeDeviceCredential(bytes: Uint8Array): DecodedCredential | null {
  return decodeSigned(bytes)?.credential ?? null;
}

/** Checks a credential against the leaf it is in and its account's chain. */
export async function verifyDeviceCredential(
  context: CredentialContext,
  bytes: Uint8Array,
  leafSignatureKey: Uint8Array,
  chain: VerifiedChain,
  standing: Standing = 'listed',
): Promise<VerifiedCredential | CredentialRefusal> {
  const signed = decodeSigned(bytes);
  if (signed === null) return refused('malformed');
  const { credential } = signed;
  if (credential.accountId !== chain.accountId) return refused('wrong_account');
  if (!equalBytes(credential.signatureKey, leafSignatureKey)) return refused('wrong_key');
  const entryHash = chain.hashes[credential.chainSeq];
  if (entryHash === undefined || !equalBytes(entryHash, credential.chainHash)) {
    return refused('unknown_chain_entry');
  }
  if (!(await isSigned(context, bytes, signed, chain.identityKey))) return refused('invalid_signature');
  if (standing === 'listed') {
    const device = chain.devices.get(credential.deviceId);
    if (
      device === undefined ||
      device.addedSeq !== credential.chainSeq ||
      !equalBytes(device.signatureKey, credential.signatureKey)
    ) {
      return refused('unknown_device');
    }
    if (device.notAfterMs !== null && device.notAfterMs < context.nowMs) return refused('expired');
  }
  return { kind: 'verifiedCredential', accountId: credential.accountId, deviceId: credential.deviceId };
}

interface SignedCredential {
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
  readonly credential: DecodedCredential;
}

function decodeSigned(bytes: Uint8Array): SignedCredential | null {
  if (bytes.length > maxCredentialSizeBytes) return null;
  const signed = decodeMessage(DeviceCredentialSchema, bytes);
  if (signed === null || signed.signature.length !== signatureSizeBytes) return null;
  const body = decodeMessage(CredentialBodySchema, signed.body);
  if (body === null) return null;
  const accountId = idFromBytes<AccountId>(body.accountId);
  const deviceId = idFromBytes<DeviceId>(body.deviceId);
  if (
    accountId === null ||
    deviceId === null ||
    body.signatureKey.length !== signatureKeySizeBytes ||
    body.chainSeq >= BigInt(limits.chainEntries) ||
    body.chainHash.length !== hashSizeBytes
  ) {
    return null;
  }
  return {
    body: signed.body,
    signature: signed.signature,
    credential: {
      accountId,
      deviceId,
      signatureKey: body.signatureKey,
      chainSeq: Number(body.chainSeq),
      chainHash: body.chainHash,
    },
  };
}

async function isSigned(
  context: CredentialContext,
  bytes: Uint8Array,
  signed: SignedCredential,
  identityKey: Uint8Array,
): Promise<boolean> {
  const { provider, credentials } = context;
  const digest = credentials && provider.sha256(labelled('credentialCache', identityKey, bytes)).toHex();
  if (digest !== undefined && credentials!.has(digest)) return true;
  const message = labelled('deviceCredential', signed.body);
  const isValid = await provider.ed25519.verify(identityKey, message, signed.signature);
  if (isValid && digest !== undefined) credentials!.add(digest);
  return isValid;
}

function refused(reason: CredentialRefusalReason): CredentialRefusal {
  return { kind: 'refused', reason };
}
