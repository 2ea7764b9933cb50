/**
 * A passkey (spec/accounts.md, "Passkeys"): what its PRF gives opens a slot of the vault and proves itself to the
 * server, which learns a public key only. WebAuthn itself is the page's; here are only its results.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { type Awaitable, concatBytes, type Provider, type SigningKey, wipe } from '@sotto/primitives';
import {
  type AccountId,
  idFromBytes,
  idToBytes,
  limits,
  type PasskeyId,
  PasskeyLabelSchema,
} from '@sotto/protocol';
import { decodeMessage } from '../decodeMessage.ts';
import { labelled } from '../labels.ts';

const serverIdSizeBytes = 16;
const nonceSizeBytes = 32;
const sealNonceSizeBytes = 24;
const passkeyIdSizeBytes = 16;

/** What a passkey is called everywhere but at its authenticator: chains and servers see no credential ids. */
export function passkeyIdOf(provider: Provider, credentialId: Uint8Array): PasskeyId {
  const digest = provider.sha256(labelled('passkeyId', credentialId));
  return idFromBytes<PasskeyId>(digest.slice(0, passkeyIdSizeBytes))!;
}

/** The Ed25519 key that a passkey's PRF output gives for one account. */
export async function passkeyKey(
  provider: Provider,
  accountId: AccountId,
  prfOutput: Uint8Array,
): Promise<SigningKey> {
  const pseudorandomKey = provider.hkdf.extract(idToBytes(accountId), prfOutput);
  const seed = provider.hkdf.expand(pseudorandomKey, labelled('passkeyKey'), 32);
  wipe(pseudorandomKey);
  return provider.ed25519.importKey(seed);
}

/** Answer to the server's challenge, 64 bytes. Throws a RangeError where a part has not its size. */
export function signPasskeyLogin(
  key: SigningKey,
  serverId: Uint8Array,
  nonce: Uint8Array,
  accountId: AccountId,
  passkeyId: PasskeyId,
): Awaitable<Uint8Array> {
  if (serverId.length !== serverIdSizeBytes || nonce.length !== nonceSizeBytes) {
    throw new RangeError('Malformed challenge');
  }
  return key.sign(labelled('provePasskey', serverId, nonce, idToBytes(accountId), idToBytes(passkeyId)));
}

/** How a passkey is called, and how its authenticator knows it. */
export interface PasskeyNaming {
  readonly name: string;
  readonly credentialId: Uint8Array;
}

export function sealPasskeyLabel(
  provider: Provider,
  historyPrivateKey: Uint8Array,
  accountId: AccountId,
  passkeyId: PasskeyId,
  { name, credentialId }: PasskeyNaming,
): Uint8Array {
  const plaintext = toBinary(PasskeyLabelSchema, create(PasskeyLabelSchema, { name, credentialId }));
  const key = labelKey(provider, historyPrivateKey);
  const nonce = provider.randomBytes(sealNonceSizeBytes);
  const aad = concatBytes(idToBytes(accountId), idToBytes(passkeyId));
  const sealed = concatBytes(nonce, provider.xchacha20Poly1305.seal(key, nonce, aad, plaintext));
  wipe(key);
  return sealed;
}

/** Null where it is malformed, another passkey's, or sealed under another key. */
export function openPasskeyLabel(
  provider: Provider,
  historyPrivateKey: Uint8Array,
  accountId: AccountId,
  passkeyId: PasskeyId,
  sealed: Uint8Array,
): PasskeyNaming | null {
  if (sealed.length < sealNonceSizeBytes || sealed.length > limits.passkeyLabelSizeBytes) return null;
  const key = labelKey(provider, historyPrivateKey);
  const aad = concatBytes(idToBytes(accountId), idToBytes(passkeyId));
  const nonce = sealed.subarray(0, sealNonceSizeBytes);
  const plaintext = provider.xchacha20Poly1305.open(key, nonce, aad, sealed.subarray(sealNonceSizeBytes));
  wipe(key);
  const label = plaintext && decodeMessage(PasskeyLabelSchema, plaintext);
  if (label === null || label.credentialId.length > limits.credentialIdSizeBytes) return null;
  return { name: label.name.slice(0, limits.deviceNameLength), credentialId: label.credentialId.slice() };
}

function labelKey(provider: Provider, historyPrivateKey: Uint8Array): Uint8Array {
  return provider.hkdf.expand(historyPrivateKey, labelled('passkeyLabel'), 32);
}
