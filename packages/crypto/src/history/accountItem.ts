/**
 * Account items (spec/history.md, "Account items"): what an account's devices keep for each other at the server, under
 * keys from the history private keys that all of them hold. The server sees neither what an item says nor what it is
 * about.
 */
import { concatBytes, type Provider, wipe } from '@sotto/primitives';
import { type AccountId, type ConversationId, idToBytes } from '@sotto/protocol';
import { pad, unpad } from '../envelope/padding.ts';
import { labelled } from '../labels.ts';

const slotSizeBytes = 16;
const nonceSizeBytes = 24;

/** The name of a conversation's slot. `historyPrivateKey`: the account's first one, so that names never change. */
export function accountItemSlot(
  provider: Provider,
  historyPrivateKey: Uint8Array,
  conversationId: ConversationId,
): Uint8Array {
  const key = itemKey(provider, historyPrivateKey);
  const slot = provider
    .hmacSha256(key, labelled('accountSlot', idToBytes(conversationId)))
    .slice(0, slotSizeBytes);
  wipe(key);
  return slot;
}

/** `historyPrivateKey`: the account's newest one, which removed devices do not have. */
export function sealAccountItem(
  provider: Provider,
  historyPrivateKey: Uint8Array,
  place: { readonly accountId: AccountId; readonly slot: Uint8Array },
  item: Uint8Array,
): Uint8Array {
  const key = itemKey(provider, historyPrivateKey);
  const nonce = provider.randomBytes(nonceSizeBytes);
  const padded = pad(item);
  const sealed = provider.xchacha20Poly1305.seal(key, nonce, placeBytes(place), padded);
  wipe(key, padded);
  return concatBytes(nonce, sealed);
}

/** Null where none of the keys opens it for this place. */
export function openAccountItem(
  provider: Provider,
  historyPrivateKeys: readonly Uint8Array[],
  place: { readonly accountId: AccountId; readonly slot: Uint8Array },
  sealed: Uint8Array,
): Uint8Array | null {
  if (sealed.length < nonceSizeBytes) return null;
  const nonce = sealed.subarray(0, nonceSizeBytes);
  for (const privateKey of historyPrivateKeys) {
    const key = itemKey(provider, privateKey);
    const ciphertext = sealed.subarray(nonceSizeBytes);
    const padded = provider.xchacha20Poly1305.open(key, nonce, placeBytes(place), ciphertext);
    wipe(key);
    if (padded !== null) return unpad(padded);
  }
  return null;
}

function itemKey(provider: Provider, historyPrivateKey: Uint8Array): Uint8Array {
  const pseudorandomKey = provider.hkdf.extract(labelled('accountItem'), historyPrivateKey);
  const key = provider.hkdf.expand(pseudorandomKey, labelled('accountItem'), 32);
  wipe(pseudorandomKey);
  return key;
}

function placeBytes({ accountId, slot }: { accountId: AccountId; slot: Uint8Array }): Uint8Array {
  return concatBytes(idToBytes(accountId), slot);
}
