/**
 * Sotto's own cryptographic protocols on MLS and library primitives: vault, identity chain and device
 * credentials (spec/accounts.md), the envelope (spec/envelope.md), conversation groups with their policy
 * (spec/groups.md). No I/O: chains, KeyPackages and the time are handed in.
 */
import type { Provider } from '@sotto/primitives';
import type { DeviceId, TransactionId } from '@sotto/protocol';
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
export { createDevice, importDevice, signAuthentication } from './account/device.ts';
export {
  createDeviceCredential,
  decodeDeviceCredential,
  verifyDeviceCredential,
} from './account/deviceCredential.ts';
export { createChain, extendChain, verifyChain } from './account/identityChain.ts';
export { lockKey } from './account/lockKey.ts';
export { generatePassphrase } from './account/passphrase.ts';
export { finishLogin, finishRegistration, startLogin, startRegistration } from './account/passwordSignIn.ts';
export { generateRecoveryCode, parseRecoveryCode } from './account/recoveryCode.ts';
export { type OpenedFilePart, openFile, sealFile } from './account/sealedFile.ts';
export type * from './account/types.ts';
export { createAccountSecrets, createVault, openVault } from './account/vault.ts';
export type * from './group/types.ts';

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
