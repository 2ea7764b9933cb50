/**
 * The second way to a message's key (spec/history.md, "Kept messages"): `k` sealed under the epoch's history key and
 * bound to its place, so that it opens in any order and opens nothing else.
 */
import { concatBytes, type Provider, wipe } from '@sotto/primitives';
import { type ConversationId, idToBytes, type TransactionId } from '@sotto/protocol';
import type { DeviceRef, KeptWrap } from '../group/types.ts';
import { labelled, u64Bytes } from '../labels.ts';

export const keptNonceSizeBytes = 24;
/** A message key and the tag. */
export const keptSealedSizeBytes = 32 + 16;

/** Where a message stands: what its signature and its wraps are bound to. */
export interface MessagePlace {
  readonly conversationId: ConversationId;
  readonly epoch: bigint;
  readonly transactionId: TransactionId;
  readonly sender: DeviceRef;
}

/** Seals `k` (32 bytes) for the body with this SHA-256. */
export function sealKept(
  provider: Provider,
  historyKey: Uint8Array,
  k: Uint8Array,
  place: MessagePlace,
  bodyHash: Uint8Array,
): KeptWrap {
  const key = keptKey(provider, historyKey);
  const nonce = provider.randomBytes(keptNonceSizeBytes);
  const sealed = provider.xchacha20Poly1305.seal(key, nonce, additionalData(place, bodyHash), k);
  wipe(key);
  return { nonce, sealed };
}

/** `k`, or null where the history key is another or anything about the place is. Sizes must have been checked. */
export function openKept(
  provider: Provider,
  historyKey: Uint8Array,
  { nonce, sealed }: KeptWrap,
  place: MessagePlace,
  bodyHash: Uint8Array,
): Uint8Array | null {
  const key = keptKey(provider, historyKey);
  const k = provider.xchacha20Poly1305.open(key, nonce, additionalData(place, bodyHash), sealed);
  wipe(key);
  return k;
}

function keptKey(provider: Provider, historyKey: Uint8Array): Uint8Array {
  return provider.hkdf.expand(historyKey, labelled('keptKey'), 32);
}

function additionalData(
  { conversationId, epoch, transactionId, sender }: MessagePlace,
  bodyHash: Uint8Array,
): Uint8Array {
  return concatBytes(
    idToBytes(conversationId),
    u64Bytes(epoch),
    idToBytes(transactionId),
    idToBytes(sender.accountId),
    idToBytes(sender.deviceId),
    bodyHash,
  );
}
