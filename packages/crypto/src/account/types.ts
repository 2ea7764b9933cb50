/** Types of the account side (spec/accounts.md): what is known of an account, by how far it has been checked. */
import type { SigningKey } from '@sotto/primitives';
import type {
  AccountId,
  ChainEntry,
  ChainOperation,
  DeviceId,
  PasskeyId,
  VaultSlotKind,
} from '@sotto/protocol';

/** What the vault holds. Wiped by its holder after use. */
export interface AccountSecrets {
  /** Seed of the account's identity key (Ed25519), 32 bytes. */
  readonly identitySeed: Uint8Array;
  /** Private half of the history key pair (X-Wing), 32 bytes. */
  readonly historyPrivateKey: Uint8Array;
  /** Those before it, oldest first: what was deposited to them still opens. */
  readonly earlierHistoryPrivateKeys: readonly Uint8Array[];
  /** What lock keys of the account's devices are derived from, 32 bytes; the same as long as the account lives. */
  readonly lockRoot: Uint8Array;
}

export interface NewAccountSecrets {
  readonly secrets: AccountSecrets;
  /** Goes into the chain, 1216 bytes. */
  readonly historyPublicKey: Uint8Array;
}

/** What opens a slot of the vault. */
export type VaultKey =
  /** OPAQUE's export key, 64 bytes. */
  | { readonly kind: 'password'; readonly exportKey: Uint8Array }
  /** The 20 bytes that `parseRecoveryCode` gives. */
  | { readonly kind: 'recovery'; readonly recoverySecret: Uint8Array }
  /** What the passkey's PRF gives, 32 bytes. */
  | { readonly kind: 'passkey'; readonly passkeyId: PasskeyId; readonly prfOutput: Uint8Array };

/** What is needed to wrap a root key for a slot, without what opens it. */
export interface VaultSlotPublic {
  readonly kind: VaultSlotKind;
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Of kind PASSKEY: which one. */
  readonly passkeyId: PasskeyId | null;
}

/** `wrong_key`: no slot of that kind takes this key. `damaged`: the key fits, and what it opens does not. */
export type VaultRefusal = 'malformed' | 'no_such_slot' | 'wrong_key' | 'damaged';

export type OpenedVault =
  | {
      readonly kind: 'opened';
      readonly secrets: AccountSecrets;
      readonly slots: readonly VaultSlotPublic[];
    }
  | { readonly kind: 'refused'; readonly reason: VaultRefusal };

export interface VerifiedDevice {
  readonly signatureKey: Uint8Array;
  /** Milliseconds since 1970; null: no end. */
  readonly notAfterMs: number | null;
  /** The chain entry that brought the device. */
  readonly addedSeq: number;
}

/** An identity chain of which every entry has been checked, up to `seq`. */
export interface VerifiedChain {
  readonly kind: 'verifiedChain';
  readonly accountId: AccountId;
  readonly identityKey: Uint8Array;
  readonly historyPublicKey: Uint8Array;
  /** Newest entry, and its hash: what a contact pins. */
  readonly seq: number;
  readonly hash: Uint8Array;
  /** Devices listed by the newest entry. */
  readonly devices: ReadonlyMap<DeviceId, VerifiedDevice>;
  /** Passkeys of the account now, and the entry that brought each. */
  readonly passkeys: ReadonlyMap<PasskeyId, number>;
  /** The account whose name this one took over, where it says so. */
  readonly replacedAccountId: AccountId | null;
  /** Signature key of every device that some entry listed: what was signed while it was a device stays attributable. */
  readonly everListed: ReadonlyMap<DeviceId, Uint8Array>;
  /** Hash of each entry, by `seq`. */
  readonly hashes: readonly Uint8Array[];
  /** Of the account's vault now (`vaultHash`); empty where the chain names none. */
  readonly vaultHash: Uint8Array;
  /** What each entry did, by `seq`. */
  readonly events: readonly ChainEvent[];
}

/** One entry of a chain as the account's history tells it. */
export interface ChainEvent {
  readonly operation: ChainOperation;
  /** Milliseconds since 1970, by the clock of who signed it. */
  readonly atMs: number;
  /** The device that came or went. */
  readonly deviceId: DeviceId | null;
  /** The passkey that came or went. */
  readonly passkeyId: PasskeyId | null;
}

export interface PinnedHead {
  readonly seq: number;
  readonly hash: Uint8Array;
}

export interface ChainExpectations {
  readonly accountId: AccountId;
  /** A head seen before: the chain must contain it. */
  readonly pinned?: PinnedHead;
  /** The identity key as the vault has it. */
  readonly identityKey?: Uint8Array;
  /** Entries continue this chain instead of starting at 0. */
  readonly after?: VerifiedChain;
}

export type ChainRefusalReason =
  | 'empty'
  | 'malformed'
  | 'too_long'
  | 'wrong_account'
  | 'wrong_sequence'
  /** An entry does not name the hash of the one before it. */
  | 'broken_link'
  | 'invalid_signature'
  /** Another identity key than before (or the vault's), or a history key or vault changed by an entry that may not. */
  | 'changed_identity'
  /** The devices are not those before with the one change that the entry declares. */
  | 'invalid_change'
  /** A different entry stands where the pinned one stood. */
  | 'forked'
  /** The chain ends before the pinned entry. */
  | 'rolled_back';

export interface ChainRefusal {
  readonly kind: 'refused';
  readonly reason: ChainRefusalReason;
}

export interface NewChainDevice {
  readonly deviceId: DeviceId;
  readonly signatureKey: Uint8Array;
  /** Milliseconds since 1970; null: no end. */
  readonly notAfterMs: number | null;
}

export interface CreateChainOptions {
  readonly accountId: AccountId;
  readonly identitySeed: Uint8Array;
  readonly historyPublicKey: Uint8Array;
  readonly device: NewChainDevice;
  readonly vaultHash?: Uint8Array;
  /** The account whose place this one takes. */
  readonly replacedAccountId?: AccountId;
  readonly nowMs: number;
}

export interface ExtendChainOptions {
  readonly identitySeed: Uint8Array;
  readonly chain: VerifiedChain;
  readonly change:
    | { readonly kind: 'addDevice'; readonly device: NewChainDevice }
    /** With the new history key, where the removed device shall not read what comes. */
    | {
        readonly kind: 'removeDevice';
        readonly deviceId: DeviceId;
        readonly historyPublicKey?: Uint8Array;
        readonly vaultHash?: Uint8Array;
      }
    | {
        readonly kind: 'changePassword' | 'changeRecoveryCode' | 'recover';
        readonly vaultHash: Uint8Array;
      }
    | {
        readonly kind: 'addPasskey' | 'removePasskey';
        readonly passkeyId: PasskeyId;
        readonly vaultHash: Uint8Array;
      };
  readonly nowMs: number;
}

/** A new entry, and the chain as it is with it. */
export interface ExtendedChain {
  readonly kind: 'extended';
  readonly entry: ChainEntry;
  readonly chain: VerifiedChain;
}

/** Why the chain cannot be extended so. */
export interface ExtendRefusal {
  readonly kind: 'refused';
  readonly reason:
    | 'wrong_identity'
    | 'known_device'
    | 'unknown_device'
    | 'too_many_devices'
    | 'known_passkey'
    | 'unknown_passkey'
    | 'too_many_passkeys'
    | 'too_long';
}

/** A device's own keys. `seed` is what is stored; `signingKey` is made of it. */
export interface DeviceKeys {
  readonly deviceId: DeviceId;
  /** Ed25519 seed, 32 bytes. */
  readonly seed: Uint8Array;
  readonly signingKey: SigningKey;
}

/** A device credential as it reads; nothing of it has been checked. */
export interface DecodedCredential {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly signatureKey: Uint8Array;
  readonly chainSeq: number;
  readonly chainHash: Uint8Array;
}

export type CredentialRefusalReason =
  | 'malformed'
  | 'wrong_account'
  /** The credential is for another key than the leaf's. */
  | 'wrong_key'
  /** It names a chain entry that is not the chain's. */
  | 'unknown_chain_entry'
  | 'invalid_signature'
  /** The chain does not list the device (any more), or lists it with another key. */
  | 'unknown_device'
  | 'expired';

export interface CredentialRefusal {
  readonly kind: 'refused';
  readonly reason: CredentialRefusalReason;
}

export interface VerifiedCredential {
  readonly kind: 'verifiedCredential';
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
}
