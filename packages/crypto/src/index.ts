/**
 * Sotto's own cryptographic protocols on MLS and library primitives: vault, identity chain and device
 * credentials (spec/accounts.md), the envelope (spec/envelope.md), conversation groups with their policy
 * (spec/groups.md). No I/O: chains, KeyPackages and the time are handed in.
 */
import type { Awaitable, Provider, SigningKey } from '@sotto/primitives';
import type { AccountId, ChainEntry, DeviceId, TransactionId, Vault } from '@sotto/protocol';
import type {
  AccountSecrets,
  ChainExpectations,
  ChainRefusal,
  CreateChainOptions,
  CredentialRefusal,
  DecodedCredential,
  DeviceKeys,
  ExtendChainOptions,
  ExtendedChain,
  ExtendRefusal,
  NewAccountSecrets,
  NewVault,
  OpenedVault,
  VaultKey,
  VerifiedChain,
  VerifiedCredential,
} from './account/types.ts';
import type {
  ClaimedKeyPackage,
  ConversationGroup,
  CreateConversationOptions,
  CryptoContext,
  Directory,
  EncodedGroup,
  ExternalJoinOptions,
  GroupRefusal,
  JoinedGroup,
  MessageRefusal,
  MessageToOpen,
  NewKeyPackage,
  OpenedMessage,
  OpenedSignal,
  PendingCommit,
  ProtectedMessage,
  Self,
  SignalRefusal,
  SignalToOpen,
  StagedChange,
  WelcomeJoinOptions,
} from './group/types.ts';

export { type Provider, type SigningKey, type SuiteId, suiteIds } from '@sotto/primitives';
export { CredentialCache } from './account/credentialCache.ts';
export type * from './account/types.ts';
export type * from './group/types.ts';

// Account side.
/** OPAQUE (RFC 9807) registration, first message. `state` is secret. */
export declare function startRegistration(password: string): Promise<{ state: string; request: string }>;
/** Second message. Takes 0.6 to 0.8 s of computing: run it in a worker. Null: the response is malformed. */
export declare function finishRegistration(
  password: string,
  state: string,
  response: string,
  accountId: AccountId,
): Promise<{ record: string; exportKey: Uint8Array } | null>;
export declare function startLogin(password: string): Promise<{ state: string; request: string }>;
/** Null: wrong password (or the server's answer is not of this account). As slow as registration. */
export declare function finishLogin(
  password: string,
  state: string,
  response: string,
  accountId: AccountId,
): Promise<{ finish: string; exportKey: Uint8Array } | null>;

export declare function createAccountSecrets(provider: Provider): Promise<NewAccountSecrets>;
export declare function createVault(
  provider: Provider,
  accountId: AccountId,
  secrets: AccountSecrets,
  keys: { exportKey: Uint8Array; recoverySecret: Uint8Array },
): Promise<NewVault>;
export declare function openVault(
  provider: Provider,
  accountId: AccountId,
  vault: Vault,
  key: VaultKey,
): Promise<OpenedVault>;
/** 160 random bits, as bytes and as the text to keep. */
export declare function generateRecoveryCode(provider: Provider): { secret: Uint8Array; text: string };
/** The 20 bytes, or null: case, spaces and hyphens do not matter, the checksum does. */
export declare function parseRecoveryCode(provider: Provider, text: string): Uint8Array | null;
/** Five words of the EFF long list: 64 bits. */
export declare function generatePassphrase(provider: Provider): Promise<string>;

export declare function createChain(provider: Provider, options: CreateChainOptions): Promise<ExtendedChain>;
export declare function extendChain(
  provider: Provider,
  options: ExtendChainOptions,
): Promise<ExtendedChain | ExtendRefusal>;
export declare function verifyChain(
  provider: Provider,
  entries: readonly ChainEntry[],
  expected: ChainExpectations,
): Promise<VerifiedChain | ChainRefusal>;

export declare function createDevice(provider: Provider): Promise<DeviceKeys>;
/** A device's keys from its stored seed. */
export declare function importDevice(
  provider: Provider,
  deviceId: DeviceId,
  seed: Uint8Array,
): Promise<DeviceKeys>;
/** The credential of a device that `chain` lists, signed by the identity key. */
export declare function createDeviceCredential(
  provider: Provider,
  identitySeed: Uint8Array,
  chain: VerifiedChain,
  deviceId: DeviceId,
): Promise<Uint8Array>;
export declare function decodeDeviceCredential(bytes: Uint8Array): DecodedCredential | null;
export declare function verifyDeviceCredential(
  context: CryptoContext,
  bytes: Uint8Array,
  leafSignatureKey: Uint8Array,
  chain: VerifiedChain,
): Promise<VerifiedCredential | CredentialRefusal>;
/** Answer to the server's challenge. */
export declare function signAuthentication(
  signingKey: SigningKey,
  serverId: Uint8Array,
  nonce: Uint8Array,
  accountId: AccountId,
  deviceId: DeviceId,
): Awaitable<Uint8Array>;

/** Key under which a signed-out device's local database is sealed, 32 bytes. */
export declare function lockKey(provider: Provider, rootKey: Uint8Array, deviceId: DeviceId): Uint8Array;
/** Seals a file of any size in chunks (XChaCha20-Poly1305, STREAM). */
export declare function sealFile(
  provider: Provider,
  key: Uint8Array,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array>;
/** Nothing of it may be used before `complete` has come: until then the end may be missing. */
export declare function openFile(
  provider: Provider,
  key: Uint8Array,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'complete' }
  | { readonly kind: 'refused'; readonly reason: 'malformed' | 'wrong_key' | 'damaged' }
>;

// Message side.
/** KeyPackages with 90 days to live. Default suite: hybrid. */
export declare function createKeyPackages(
  context: CryptoContext,
  self: Self,
  count: number,
  options?: { readonly lastResort?: boolean; readonly suite?: number },
): Promise<readonly NewKeyPackage[]>;
/** Epoch 0 with this device alone, and the commit that adds everyone else (epoch 1). */
export declare function createConversationGroup(
  context: CryptoContext,
  self: Self,
  options: CreateConversationOptions,
  directory: Directory,
): Promise<PendingCommit | GroupRefusal>;
export declare function decodeConversationGroup(
  provider: Provider,
  encoded: EncodedGroup,
): ConversationGroup | GroupRefusal;
export declare function decodePendingCommit(
  provider: Provider,
  bytes: Uint8Array,
): PendingCommit | GroupRefusal;
export declare function addDevices(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  members: readonly ClaimedKeyPackage[],
  directory: Directory,
): Promise<PendingCommit | GroupRefusal>;
export declare function removeDevices(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  devices: readonly DeviceId[],
  directory: Directory,
): Promise<PendingCommit | GroupRefusal>;
/** Joins with a commit of one's own; where this device is in the group already, its old leaf goes (healing). */
export declare function joinExternally(
  context: CryptoContext,
  self: Self,
  options: ExternalJoinOptions,
  directory: Directory,
): Promise<PendingCommit | GroupRefusal>;
export declare function joinFromWelcome(
  context: CryptoContext,
  self: Self,
  options: WelcomeJoinOptions,
  directory: Directory,
): Promise<JoinedGroup | GroupRefusal>;
export declare function stageCommit(
  context: CryptoContext,
  group: ConversationGroup,
  commit: Uint8Array,
  directory: Directory,
): Promise<StagedChange | GroupRefusal>;
/** `content`: encoded Content. */
export declare function protectMessage(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  message: { readonly content: Uint8Array; readonly transactionId: TransactionId },
): Promise<ProtectedMessage | MessageRefusal>;
export declare function unprotectMessage(
  context: CryptoContext,
  group: ConversationGroup,
  message: MessageToOpen,
): Promise<OpenedMessage | MessageRefusal>;
/** `content`: encoded SignalContent, at most 512 bytes (more is a RangeError). */
export declare function sealSignal(
  context: CryptoContext,
  group: ConversationGroup,
  self: Self,
  content: Uint8Array,
): Promise<Uint8Array>;
export declare function openSignal(
  context: CryptoContext,
  group: ConversationGroup,
  signal: SignalToOpen,
): Promise<OpenedSignal | SignalRefusal>;
/** The same for all members of an epoch that has not forked, 32 bytes; not secret from the members. */
export declare function epochAuthenticatorOf(group: ConversationGroup): Uint8Array;
/** Overwrites what `previous` holds beyond `next`, once `next` is persisted; all of it where `next` is null. */
export declare function eraseGroup(previous: ConversationGroup, next: ConversationGroup | null): void;
/** Overwrites the secrets of an own commit that will not come into force. */
export declare function erasePendingCommit(pending: PendingCommit, current: ConversationGroup | null): void;
