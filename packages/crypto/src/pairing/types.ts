/** Types of a pairing (spec/accounts.md, "Pairing"). */
import type { AccountId, ChainEntry, DeviceId } from '@sotto/protocol';

/** A device that wants to be an account's. */
export interface PairingOffer {
  readonly deviceId: DeviceId;
  /** Ed25519 public key, 32 bytes. */
  readonly signatureKey: Uint8Array;
  /** HPKE public key (X-Wing): answers are sealed to it. */
  readonly publicKey: Uint8Array;
  /** What it says of itself, at most `limits.deviceNameLength` characters. */
  readonly system: string;
}

/** What makes it one. Secret: `lockKey`, `historyPrivateKeys`. */
export interface PairingAnswer {
  readonly accountId: AccountId;
  readonly username: string;
  /** Ed25519 public key, 32 bytes: which chain is the account's. */
  readonly identityKey: Uint8Array;
  /** Brings the device; the device hands it in by itself, once it has stored what it needs. */
  readonly chainEntry: ChainEntry;
  /** Encoded DeviceCredential. */
  readonly credential: Uint8Array;
  /** 32 bytes. */
  readonly lockKey: Uint8Array;
  /** Oldest first. */
  readonly historyPrivateKeys: readonly Uint8Array[];
}
