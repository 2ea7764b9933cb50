/**
 * Keys of a call between two devices (spec/calls.md, "Keys"). Invariant: they follow from the epoch's exporter and a fresh
 * secret of either side, so that neither who holds the group's state later nor one side alone has them.
 */
import { exportSecret } from '@sotto/mls';
import { concatBytes, type Provider, suiteIds, wipe } from '@sotto/primitives';
import { type CallId, idToBytes } from '@sotto/protocol';
import type { ConversationGroup, DeviceRef } from '../group/types.ts';
import { labelled, u64Bytes } from '../labels.ts';

/** Label for the MLS exporter (RFC 9420 §8.5). */
const exporterLabel = 'sotto call';
export const callSecretSizeBytes = 32;
export const joinIdSizeBytes = 8;
export const frameKeySizeBytes = 32;
export const fingerprintSizeBytes = 32;
const codeLimit = 1_000_000n;
const codeDigits = 6;

/** The epoch's part of the call's keys: of the one that its answer stands in. Secret. */
export function exportForCall(group: ConversationGroup, callId: CallId): Uint8Array {
  return exportSecret(group.state, exporterLabel, idToBytes(callId), callSecretSizeBytes);
}

/** What the caller commits to in its invite. */
export function callCommitment(provider: Pick<Provider, 'sha256'>, secret: Uint8Array): Uint8Array {
  return provider.sha256(secret);
}

/** What all keys of the call come from. Secret. */
export function callBase(
  provider: Pick<Provider, 'hkdf'>,
  parts: {
    readonly exported: Uint8Array;
    readonly callerSecret: Uint8Array;
    readonly answererSecret: Uint8Array;
  },
): Uint8Array {
  const inputKey = concatBytes(parts.callerSecret, parts.answererSecret);
  const base = provider.hkdf.extract(parts.exported, inputKey);
  wipe(inputKey);
  return base;
}

/** `joinId`: 8 bytes, of one stay of the device in the call. */
export interface CallSender extends DeviceRef {
  readonly joinId: Uint8Array;
}

/** SFrame `base_key` (RFC 9605 §4.4.2) of what one device sends in one join. Secret. */
export function callSenderKey(
  provider: Pick<Provider, 'hkdf'>,
  base: Uint8Array,
  { accountId, deviceId, joinId }: CallSender,
): Uint8Array {
  const info = labelled('callSender', idToBytes(accountId), idToBytes(deviceId), joinId);
  return provider.hkdf.expand(base, info, frameKeySizeBytes);
}

/** SFrame key id: which join it is, and of which side. */
export function callKeyId(role: 'caller' | 'answerer', joinNumber: number): bigint {
  return (BigInt(joinNumber) << 1n) | (role === 'caller' ? 0n : 1n);
}

/** Six digits that two people compare. Fingerprints: SHA-256 of the certificates of both sides' DTLS. */
export function callCode(
  provider: Pick<Provider, 'hkdf'>,
  base: Uint8Array,
  callerFingerprint: Uint8Array,
  answererFingerprint: Uint8Array,
): string {
  const bytes = provider.hkdf.expand(base, labelled('callCode', callerFingerprint, answererFingerprint), 8);
  const number = BigInt(`0x${bytes.toHex()}`) % codeLimit;
  return String(number).padStart(codeDigits, '0');
}

/** A sender key on its way to the worker that uses it. */
export interface FrameKey {
  readonly use: 'seal' | 'open';
  readonly keyId: bigint;
  readonly key: Uint8Array;
}

/** Null where `publicKey` (X25519) is none. */
export async function sealFrameKey(
  provider: Pick<Provider, 'suite'>,
  callId: CallId,
  publicKey: Uint8Array,
  { use, keyId, key }: FrameKey,
): Promise<Uint8Array | null> {
  const { hpke } = provider.suite(suiteIds.x25519Aes128);
  if (!(await hpke.isPublicKey(publicKey))) return null;
  const plain = concatBytes(Uint8Array.of(use === 'seal' ? 0 : 1), u64Bytes(keyId), key);
  const info = labelled('callFrameKey', idToBytes(callId));
  const { enc, ciphertext } = await hpke.seal(publicKey, info, new Uint8Array(0), plain);
  wipe(plain);
  return concatBytes(enc, ciphertext);
}
