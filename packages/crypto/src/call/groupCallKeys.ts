/**
 * Keys of a call of a group (spec/groupCalls.md, "Keys"). Invariant: a base follows from the epoch's exporter and fresh bytes,
 * or from the base before it by one step; nothing leads back, so who is given one opens nothing earlier.
 */
import { exportSecret } from '@sotto/mls';
import { concatBytes, isX25519PublicKey, type Provider, suiteIds, wipe } from '@sotto/primitives';
import { type AccountId, type CallId, type DeviceId, idToBytes } from '@sotto/protocol';
import type { ConversationGroup } from '../group/types.ts';
import { labelled } from '../labels.ts';
import { frameKeySizeBytes } from './callKeys.ts';

/** Label for the MLS exporter (RFC 9420 §8.5). */
const exporterLabel = 'sotto group call';
export const groupCallSecretSizeBytes = 32;
export const groupCallCheckSizeBytes = 16;
/** `enc` (32), the secret (32) and the tag (16). */
export const sharedSecretSizeBytes = 80;
/** What the key id of SFrame has room for. */
export const maxOrdinal = 0xfff;
export const maxStep = 0xfff;
export const maxGeneration = 0xffffffff;

/** The epoch's part of a generation's base: of the one that its `keys` entry stands in. Secret. */
export function exportForGroupCall(group: ConversationGroup, callId: CallId): Uint8Array {
  return exportSecret(group.state, exporterLabel, idToBytes(callId), groupCallSecretSizeBytes);
}

/** `base(generation, 0)`. Secret. */
export function groupCallBase(
  provider: Pick<Provider, 'hkdf'>,
  exported: Uint8Array,
  fresh: Uint8Array,
): Uint8Array {
  return provider.hkdf.extract(exported, fresh);
}

/** `base(generation, step + 1)`. Secret. */
export function nextGroupCallBase(provider: Pick<Provider, 'hkdf'>, base: Uint8Array): Uint8Array {
  return provider.hkdf.expand(base, labelled('groupCallStep'), groupCallSecretSizeBytes);
}

/** Told beside keys, so that who was given others than the rest finds out at once. */
export function groupCallCheck(provider: Pick<Provider, 'hkdf'>, base: Uint8Array): Uint8Array {
  return provider.hkdf.expand(base, labelled('groupCallCheck'), groupCallCheckSizeBytes);
}

/** What a secret is shared for: it opens as nothing else. */
export interface SharedFor {
  readonly callId: CallId;
  readonly generation: number;
  readonly step: number;
  readonly ordinal: number;
}

export interface ShareKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** X25519 public key of one join (32 bytes), with which a secret can be agreed. Who joins with another key could be served by nobody, and all would go on trying. */
export function isShareKey(publicKey: Uint8Array): boolean {
  return isX25519PublicKey(publicKey);
}

export async function createShareKey(provider: Pick<Provider, 'suite'>): Promise<ShareKeyPair> {
  return provider.suite(suiteIds.x25519Aes128).hpke.generateKeyPair();
}

/** A secret (32 bytes) for one participant; null where `shareKey` is no public key. HPKE base mode (RFC 9180). */
export async function shareGroupCallSecret(
  provider: Pick<Provider, 'suite'>,
  shareKey: Uint8Array,
  sharedFor: SharedFor,
  secret: Uint8Array,
): Promise<Uint8Array | null> {
  const { hpke } = provider.suite(suiteIds.x25519Aes128);
  if (!(await hpke.isPublicKey(shareKey))) return null;
  const { enc, ciphertext } = await hpke.seal(shareKey, infoOf(sharedFor), new Uint8Array(0), secret);
  return concatBytes(enc, ciphertext);
}

/** Null where it does not open, whatever the reason. Secret. */
export async function openGroupCallSecret(
  provider: Pick<Provider, 'suite'>,
  privateKey: Uint8Array,
  sharedFor: SharedFor,
  shared: Uint8Array,
): Promise<Uint8Array | null> {
  const { hpke } = provider.suite(suiteIds.x25519Aes128);
  const enc = shared.slice(0, hpke.encapsulationSize);
  const ciphertext = shared.slice(hpke.encapsulationSize);
  const secret = await hpke.open(privateKey, enc, infoOf(sharedFor), new Uint8Array(0), ciphertext);
  return secret?.length === groupCallSecretSizeBytes ? secret : null;
}

function infoOf({ callId, generation, step, ordinal }: SharedFor): Uint8Array {
  return labelled('groupCallShare', idToBytes(callId), u32(generation), u16(step), u16(ordinal));
}

/** What the frame worker is told of a group call; see spec/groupCalls.md, "Frame keys". */
export type GroupFrameMessage =
  | {
      readonly kind: 'base';
      readonly generation: number;
      readonly step: number;
      /** After how long it is sealed with; opened with at once. */
      readonly delayMs: number;
      readonly base: Uint8Array;
    }
  | {
      readonly kind: 'participant';
      readonly isSelf: boolean;
      readonly ordinal: number;
      readonly accountId: AccountId;
      readonly deviceId: DeviceId;
      /** 8 bytes. */
      readonly joinId: Uint8Array;
    }
  | { readonly kind: 'gone'; readonly ordinal: number };

/** Null where `publicKey` (X25519) is none. */
export async function sealGroupFrameMessage(
  provider: Pick<Provider, 'suite'>,
  callId: CallId,
  publicKey: Uint8Array,
  message: GroupFrameMessage,
): Promise<Uint8Array | null> {
  const { hpke } = provider.suite(suiteIds.x25519Aes128);
  if (publicKey.length !== frameKeySizeBytes || !(await hpke.isPublicKey(publicKey))) return null;
  const plain = encodeGroupFrameMessage(message);
  const info = labelled('callFrameKey', idToBytes(callId));
  const { enc, ciphertext } = await hpke.seal(publicKey, info, new Uint8Array(0), plain);
  wipe(plain);
  return concatBytes(enc, ciphertext);
}

/** The first byte is the use; 0 and 1 are those of calls between two devices (callKeys.ts). */
export function encodeGroupFrameMessage(message: GroupFrameMessage): Uint8Array {
  switch (message.kind) {
    case 'base': {
      const { generation, step, delayMs, base } = message;
      return concatBytes(Uint8Array.of(2), u32(generation), u16(step), u16(delayMs), base);
    }
    case 'participant': {
      const { isSelf, ordinal, accountId, deviceId, joinId } = message;
      const ids = [idToBytes(accountId), idToBytes(deviceId), joinId];
      return concatBytes(Uint8Array.of(3, Number(isSelf)), u16(ordinal), ...ids);
    }
    case 'gone':
      return concatBytes(Uint8Array.of(4), u16(message.ordinal));
  }
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

const u16 = (value: number): Uint8Array => u32(value).slice(2);
