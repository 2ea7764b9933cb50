/** Proof of the recovery code to the server (spec/accounts.md, "Recovery code"): the server learns a public key only. */
import type { Awaitable, Provider, SigningKey } from '@sotto/primitives';
import { type AccountId, idToBytes } from '@sotto/protocol';
import { labelled } from '../labels.ts';

const serverIdSizeBytes = 16;
const nonceSizeBytes = 32;

/** The Ed25519 key that a recovery code (its 20 bytes) gives for one account. */
export async function recoveryKey(
  provider: Provider,
  accountId: AccountId,
  recoverySecret: Uint8Array,
): Promise<SigningKey> {
  const pseudorandomKey = provider.hkdf.extract(idToBytes(accountId), recoverySecret);
  const seed = provider.hkdf.expand(pseudorandomKey, labelled('recoveryKey'), 32);
  return provider.ed25519.importKey(seed);
}

/** Answer to the server's challenge, 64 bytes. Throws a RangeError where a part has not its size. */
export function signRecovery(
  key: SigningKey,
  serverId: Uint8Array,
  nonce: Uint8Array,
  accountId: AccountId,
): Awaitable<Uint8Array> {
  if (serverId.length !== serverIdSizeBytes || nonce.length !== nonceSizeBytes) {
    throw new RangeError('Malformed challenge');
  }
  return key.sign(labelled('recover', serverId, nonce, idToBytes(accountId)));
}
