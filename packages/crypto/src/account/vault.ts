/**
 * The vault (spec/accounts.md, "Vault"): a random root key seals the account's secrets; each slot wraps the root
 * key for the key pair that one thing the user has or knows gives. The public halves are among the secrets, so
 * whoever opened the vault can seal it under a new root key for all slots. Everything is bound to the account id, so
 * a server cannot hand out one account's vault as another's; the chain names the vault's hash, so not an old one either.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { concatBytes, equalBytes, type Provider, wipe } from '@sotto/primitives';
import {
  type AccountId,
  idFromBytes,
  idSizeBytes,
  idToBytes,
  limits,
  type PasskeyId,
  type Vault,
  VaultSchema,
  type VaultSecrets,
  VaultSecretsSchema,
  VaultSlotKeySchema,
  VaultSlotKind,
  VaultSlotSchema,
} from '@sotto/protocol';
import { deriveCommittedKey } from '../committedKey.ts';
import { decodeMessage } from '../decodeMessage.ts';
import { labelled } from '../labels.ts';
import type { AccountSecrets, NewAccountSecrets, OpenedVault, VaultKey, VaultSlotPublic } from './types.ts';

const version = 1;
const rootKeySizeBytes = 32;
const saltSizeBytes = 32;
const nonceSizeBytes = 24;
const identitySeedSizeBytes = 32;
const lockRootSizeBytes = 32;
const commitmentSizeBytes = 32;
const maxSlots = 8;

/** New secrets of an account; none of them is ever on the wire in the clear. */
export async function createAccountSecrets(provider: Provider): Promise<NewAccountSecrets> {
  const historyKeys = await provider.hpke.generateKeyPair();
  return {
    secrets: {
      identitySeed: provider.ed25519.generateSeed(),
      historyPrivateKey: historyKeys.privateKey,
      earlierHistoryPrivateKeys: [],
      lockRoot: provider.randomBytes(lockRootSizeBytes),
    },
    historyPublicKey: historyKeys.publicKey,
  };
}

/** The secrets with a new history key pair; the old private key stays among the earlier ones. */
export async function renewHistoryKey(
  provider: Provider,
  secrets: AccountSecrets,
): Promise<NewAccountSecrets> {
  const historyKeys = await provider.hpke.generateKeyPair();
  return {
    secrets: {
      ...secrets,
      historyPrivateKey: historyKeys.privateKey,
      earlierHistoryPrivateKeys: [...secrets.earlierHistoryPrivateKeys, secrets.historyPrivateKey],
    },
    historyPublicKey: historyKeys.publicKey,
  };
}

/** Overwrites the secrets. */
export function wipeSecrets(secrets: AccountSecrets): void {
  wipe(
    secrets.identitySeed,
    secrets.historyPrivateKey,
    secrets.lockRoot,
    ...secrets.earlierHistoryPrivateKeys,
  );
}

/** What a slot for `key` is made of: a fresh salt, so a new slot even for the same key. */
export async function createSlotKey(
  provider: Provider,
  accountId: AccountId,
  key: VaultKey,
): Promise<VaultSlotPublic> {
  const salt = provider.randomBytes(saltSizeBytes);
  const which = whichOf(key);
  const derived = await deriveSlotKey(provider, accountId, which, salt, inputKeyOf(key));
  wipe(derived.privateKey);
  return { ...which, salt, commitment: derived.commitment, publicKey: derived.publicKey };
}

/** The secrets sealed under a fresh root key, which each of `slots` opens. */
export async function sealVault(
  provider: Provider,
  accountId: AccountId,
  secrets: AccountSecrets,
  slots: readonly VaultSlotPublic[],
): Promise<Vault> {
  const rootKey = provider.randomBytes(rootKeySizeBytes);
  const plaintext = toBinary(
    VaultSecretsSchema,
    create(VaultSecretsSchema, {
      identitySeed: secrets.identitySeed,
      historyPrivateKey: secrets.historyPrivateKey,
      earlierHistoryPrivateKeys: [...secrets.earlierHistoryPrivateKeys],
      lockRoot: secrets.lockRoot,
      slotKeys: slots.map((slot) =>
        create(VaultSlotKeySchema, { ...slot, passkeyId: passkeyIdBytes(slot.passkeyId) }),
      ),
    }),
  );
  const secretsKey = provider.hkdf.expand(rootKey, labelled('vaultSecrets'), 32);
  const sealed = seal(provider, secretsKey, idToBytes(accountId), plaintext);
  const wrapped = await Promise.all(
    slots.map(async (slot) => {
      const { kind, salt, commitment } = slot;
      const info = labelled('vaultSlotWrap', slotContext(slot, accountId));
      const { enc, ciphertext } = await provider.hpke.seal(slot.publicKey, info, new Uint8Array(0), rootKey);
      const wrapped = concatBytes(enc, ciphertext);
      return create(VaultSlotSchema, {
        kind,
        salt,
        commitment,
        wrapped,
        passkeyId: passkeyIdBytes(slot.passkeyId),
      });
    }),
  );
  wipe(plaintext, secretsKey, rootKey);
  return create(VaultSchema, { version, sealed, slots: wrapped });
}

/** A vault with the two slots of a new account: the password's (OPAQUE's export key) and the recovery code's. */
export async function createVault(
  provider: Provider,
  accountId: AccountId,
  secrets: AccountSecrets,
  { exportKey, recoverySecret }: { readonly exportKey: Uint8Array; readonly recoverySecret: Uint8Array },
): Promise<Vault> {
  const slots = await Promise.all([
    createSlotKey(provider, accountId, { kind: 'password', exportKey }),
    createSlotKey(provider, accountId, { kind: 'recovery', recoverySecret }),
  ]);
  return sealVault(provider, accountId, secrets, slots);
}

/** What the chain says of a vault, 32 bytes. Slots need no hash: they open the root key that opens `sealed`. */
export function vaultHash(provider: Provider, vault: Vault): Uint8Array {
  return provider.sha256(labelled('vaultHash', vault.sealed));
}

/** Opens the vault with what the user has; the caller wipes what it gets after use. */
export async function openVault(
  provider: Provider,
  accountId: AccountId,
  vault: Vault,
  key: VaultKey,
): Promise<OpenedVault> {
  if (vault.version !== version || vault.sealed.length > limits.vaultSizeBytes) return refused('malformed');
  const which = whichOf(key);
  const id = passkeyIdBytes(which.passkeyId);
  const slots = vault.slots.filter((slot) => slot.kind === which.kind && equalBytes(slot.passkeyId, id));
  const [slot] = slots;
  if (slot === undefined) return refused('no_such_slot');
  if (slots.length > 1 || slot.salt.length !== saltSizeBytes) return refused('malformed');
  const slotKey = await deriveSlotKey(provider, accountId, which, slot.salt, inputKeyOf(key));
  if (!equalBytes(slotKey.commitment, slot.commitment)) return refused('wrong_key');
  const { encapsulationSize } = provider.hpke;
  const info = labelled('vaultSlotWrap', slotContext(which, accountId));
  const enc = slot.wrapped.subarray(0, encapsulationSize);
  const ciphertext = slot.wrapped.subarray(encapsulationSize);
  const rootKey = await provider.hpke.open(slotKey.privateKey, enc, info, new Uint8Array(0), ciphertext);
  wipe(slotKey.privateKey);
  if (rootKey === null || rootKey.length !== rootKeySizeBytes) return refused('damaged');
  const opened = openSecrets(provider, accountId, vault, rootKey);
  wipe(rootKey);
  return opened ?? refused('damaged');
}

function openSecrets(
  provider: Provider,
  accountId: AccountId,
  vault: Vault,
  rootKey: Uint8Array,
): OpenedVault | null {
  const secretsKey = provider.hkdf.expand(rootKey, labelled('vaultSecrets'), 32);
  const plaintext = open(provider, secretsKey, idToBytes(accountId), vault.sealed);
  wipe(secretsKey);
  if (plaintext === null) return null;
  const decoded = decodeMessage(VaultSecretsSchema, plaintext);
  const opened = decoded === null || !isSound(provider, decoded) ? null : copySecrets(decoded);
  wipe(plaintext);
  return opened;
}

function isSound(provider: Provider, decoded: VaultSecrets): boolean {
  const { privateKeySize, publicKeySize } = provider.hpke;
  return (
    decoded.identitySeed.length === identitySeedSizeBytes &&
    decoded.lockRoot.length === lockRootSizeBytes &&
    [decoded.historyPrivateKey, ...decoded.earlierHistoryPrivateKeys].every(
      (key) => key.length === privateKeySize,
    ) &&
    decoded.slotKeys.length <= maxSlots &&
    decoded.slotKeys.every(
      (slot) =>
        slot.salt.length === saltSizeBytes &&
        slot.commitment.length === commitmentSizeBytes &&
        slot.publicKey.length === publicKeySize &&
        slot.passkeyId.length === (slot.kind === VaultSlotKind.PASSKEY ? idSizeBytes : 0),
    )
  );
}

/** Decoded bytes are views of the plaintext, which is wiped. */
function copySecrets(decoded: VaultSecrets): OpenedVault {
  return {
    kind: 'opened',
    secrets: {
      identitySeed: decoded.identitySeed.slice(),
      historyPrivateKey: decoded.historyPrivateKey.slice(),
      earlierHistoryPrivateKeys: decoded.earlierHistoryPrivateKeys.map((key) => key.slice()),
      lockRoot: decoded.lockRoot.slice(),
    },
    slots: decoded.slotKeys.map(({ kind, salt, commitment, publicKey, passkeyId }) => ({
      kind,
      salt: salt.slice(),
      commitment: commitment.slice(),
      publicKey: publicKey.slice(),
      passkeyId: idFromBytes<PasskeyId>(passkeyId),
    })),
  };
}

/** Which slot a key opens. */
type Which = Pick<VaultSlotPublic, 'kind' | 'passkeyId'>;

function whichOf(key: VaultKey): Which {
  switch (key.kind) {
    case 'password':
      return { kind: VaultSlotKind.PASSWORD, passkeyId: null };
    case 'recovery':
      return { kind: VaultSlotKind.RECOVERY, passkeyId: null };
    case 'passkey':
      return { kind: VaultSlotKind.PASSKEY, passkeyId: key.passkeyId };
  }
}

function inputKeyOf(key: VaultKey): Uint8Array {
  switch (key.kind) {
    case 'password':
      return key.exportKey;
    case 'recovery':
      return key.recoverySecret;
    case 'passkey':
      return key.prfOutput;
  }
}

function passkeyIdBytes(passkeyId: PasskeyId | null): Uint8Array {
  return passkeyId === null ? new Uint8Array(0) : idToBytes(passkeyId);
}

/** The passkey's id is of fixed size and comes with its kind only, so contexts of two slots differ. */
function slotContext({ kind, passkeyId }: Which, accountId: AccountId): Uint8Array {
  return concatBytes(Uint8Array.of(kind), idToBytes(accountId), passkeyIdBytes(passkeyId));
}

async function deriveSlotKey(
  provider: Provider,
  accountId: AccountId,
  which: Which,
  salt: Uint8Array,
  inputKey: Uint8Array,
) {
  const pseudorandomKey = provider.hkdf.extract(salt, inputKey);
  const { key: seed, commitment } = deriveCommittedKey(
    provider,
    pseudorandomKey,
    'vaultSlotKey',
    'vaultSlotCommitment',
    slotContext(which, accountId),
  );
  const { privateKey, publicKey } = await provider.hpke.deriveKeyPair(seed);
  wipe(pseudorandomKey, seed);
  return { commitment, privateKey, publicKey };
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
