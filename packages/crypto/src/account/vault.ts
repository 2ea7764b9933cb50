/**
 * The vault (spec/accounts.md, "Vault"): a random root key seals the account's secrets; each slot wraps the root
 * key under a key that one thing the user has or knows gives. Everything is bound to the account id, so a server
 * cannot hand out one account's vault as another's.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { concatBytes, equalBytes, type Provider, wipe } from '@sotto/primitives';
import {
  type AccountId,
  idToBytes,
  limits,
  type Vault,
  VaultSchema,
  VaultSecretsSchema,
  type VaultSlot,
  VaultSlotKind,
  VaultSlotSchema,
} from '@sotto/protocol';
import { deriveCommittedKey } from '../committedKey.ts';
import { decodeMessage } from '../decodeMessage.ts';
import { labelled } from '../labels.ts';
import type { AccountSecrets, NewAccountSecrets, NewVault, OpenedVault, VaultKey } from './types.ts';

const version = 1;
const rootKeySizeBytes = 32;
const saltSizeBytes = 32;
const nonceSizeBytes = 24;
const identitySeedSizeBytes = 32;
const none = new Uint8Array(0);

/** New secrets of an account; none of them is ever on the wire in the clear. */
export async function createAccountSecrets(provider: Provider): Promise<NewAccountSecrets> {
  const historyKeys = await provider.hpke.generateKeyPair();
  return {
    secrets: {
      identitySeed: provider.ed25519.generateSeed(),
      historyPrivateKey: historyKeys.privateKey,
    },
    historyPublicKey: historyKeys.publicKey,
  };
}

/** A vault with two slots: the password's (OPAQUE's export key, 64 bytes) and the recovery code's (20 bytes). */
export async function createVault(
  provider: Provider,
  accountId: AccountId,
  secrets: AccountSecrets,
  keys: { readonly exportKey: Uint8Array; readonly recoverySecret: Uint8Array },
): Promise<NewVault> {
  const rootKey = provider.randomBytes(rootKeySizeBytes);
  const plaintext = toBinary(
    VaultSecretsSchema,
    create(VaultSecretsSchema, {
      identitySeed: secrets.identitySeed,
      historyPrivateKey: secrets.historyPrivateKey,
    }),
  );
  const secretsKey = provider.hkdf.expand(rootKey, labelled('vaultSecrets'), 32);
  const vault = create(VaultSchema, {
    version,
    sealed: seal(provider, secretsKey, idToBytes(accountId), plaintext),
    slots: [
      createSlot(provider, accountId, VaultSlotKind.PASSWORD, keys.exportKey, rootKey),
      createSlot(provider, accountId, VaultSlotKind.RECOVERY, keys.recoverySecret, rootKey),
    ],
  });
  wipe(plaintext, secretsKey);
  return { vault, rootKey };
}

/** Opens the vault with what the user has; the caller wipes what it gets after use. */
export async function openVault(
  provider: Provider,
  accountId: AccountId,
  vault: Vault,
  key: VaultKey,
): Promise<OpenedVault> {
  if (vault.version !== version || vault.sealed.length > limits.vaultSizeBytes) return refused('malformed');
  const kind = key.kind === 'password' ? VaultSlotKind.PASSWORD : VaultSlotKind.RECOVERY;
  const slots = vault.slots.filter((slot) => slot.kind === kind);
  if (slots.length === 0) return refused('no_such_slot');
  if (slots.length > 1 || slots[0]!.salt.length !== saltSizeBytes) return refused('malformed');
  const inputKey = key.kind === 'password' ? key.exportKey : key.recoverySecret;
  const slotKey = deriveSlotKey(provider, accountId, kind, slots[0]!.salt, inputKey);
  if (!equalBytes(slotKey.commitment, slots[0]!.commitment)) return refused('wrong_key');
  const rootKey = open(provider, slotKey.key, none, slots[0]!.wrapped);
  wipe(slotKey.key);
  if (rootKey === null || rootKey.length !== rootKeySizeBytes) return refused('damaged');
  const secrets = openSecrets(provider, accountId, vault, rootKey);
  if (secrets === null) {
    wipe(rootKey);
    return refused('damaged');
  }
  return { kind: 'opened', secrets, rootKey };
}

function openSecrets(
  provider: Provider,
  accountId: AccountId,
  vault: Vault,
  rootKey: Uint8Array,
): AccountSecrets | null {
  const secretsKey = provider.hkdf.expand(rootKey, labelled('vaultSecrets'), 32);
  const plaintext = open(provider, secretsKey, idToBytes(accountId), vault.sealed);
  wipe(secretsKey);
  if (plaintext === null) return null;
  const decoded = decodeMessage(VaultSecretsSchema, plaintext);
  const secrets =
    decoded !== null &&
    decoded.identitySeed.length === identitySeedSizeBytes &&
    decoded.historyPrivateKey.length === provider.hpke.privateKeySize
      ? {
          identitySeed: decoded.identitySeed.slice(),
          historyPrivateKey: decoded.historyPrivateKey.slice(),
        }
      : null;
  wipe(plaintext);
  return secrets;
}

function createSlot(
  provider: Provider,
  accountId: AccountId,
  kind: VaultSlotKind,
  inputKey: Uint8Array,
  rootKey: Uint8Array,
): VaultSlot {
  const salt = provider.randomBytes(saltSizeBytes);
  const slotKey = deriveSlotKey(provider, accountId, kind, salt, inputKey);
  const slot = create(VaultSlotSchema, {
    kind,
    salt,
    commitment: slotKey.commitment,
    wrapped: seal(provider, slotKey.key, none, rootKey),
  });
  wipe(slotKey.key);
  return slot;
}

function deriveSlotKey(
  provider: Provider,
  accountId: AccountId,
  kind: VaultSlotKind,
  salt: Uint8Array,
  inputKey: Uint8Array,
) {
  const pseudorandomKey = provider.hkdf.extract(salt, inputKey);
  const context = concatBytes(Uint8Array.of(kind), idToBytes(accountId));
  const slotKey = deriveCommittedKey(
    provider,
    pseudorandomKey,
    'vaultSlotKey',
    'vaultSlotCommitment',
    context,
  );
  wipe(pseudorandomKey);
  return slotKey;
}

/** XChaCha20-Poly1305 under a random nonce, which comes first. */
function seal(provider: Provider, key: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const nonce = provider.randomBytes(nonceSizeBytes);
  return concatBytes(nonce, provider.xchacha20Poly1305.seal(key, nonce, aad, plaintext));
}

function open(provider: Provider, key: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < nonceSizeBytes) return null;
  const nonce = sealed.subarray(0, nonceSizeBytes);
  return provider.xchacha20Poly1305.open(key, nonce, aad, sealed.subarray(nonceSizeBytes));
}

function refused(reason: Extract<OpenedVault, { kind: 'refused' }>['reason']): OpenedVault {
  return { kind: 'refused', reason };
}
