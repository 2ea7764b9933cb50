/**
 * RFC 9420 (MLS) and nothing else. Bytes are decoded, then verified, then staged, then merged; expected
 * failures are values of kind `refused`. See spec/mls.md.
 */
import type { CipherSuite } from '@sotto/primitives';
import type {
  CommitOptions,
  CreateGroupOptions,
  ExternalJoinOptions,
  GroupState,
  KeyPackageOptions,
  Member,
  OwnKeyPackage,
  PendingCommit,
  Protected,
  ProtectOptions,
  RemovedState,
  Signer,
  StagedCommit,
  StagedJoin,
  StageWelcomeOptions,
  Unprotected,
  UnprotectOptions,
  VerifiedGroupInfo,
  VerifiedKeyPackage,
} from './group/types.ts';
import type { Refused } from './refusal.ts';
import type { Capabilities } from './structs/capabilities.ts';

export type * from './group/types.ts';
export { limits } from './limits.ts';
export { DecodeError, type MlsRefusal, type Refused } from './refusal.ts';
export type { Capabilities, RequiredCapabilities } from './structs/capabilities.ts';
export type { Credential } from './structs/credential.ts';
export type { Extension } from './structs/extension.ts';
export type { GroupContext } from './structs/groupContext.ts';
export type { KeyPackage } from './structs/keyPackage.ts';
export type { LeafNode, Lifetime } from './structs/leafNode.ts';
export type { PreSharedKeyId, PreSharedKeyName, ResumptionUsage } from './structs/preSharedKeyId.ts';
export type { Proposal, ReInit } from './structs/proposal.ts';
export { extensionTypes, proposalTypes, wireFormats } from './structs/registry.ts';

export declare function defaultCapabilities(suite: CipherSuite, extra?: Partial<Capabilities>): Capabilities;

export declare function createKeyPackage(
  suite: CipherSuite,
  signer: Signer,
  options: KeyPackageOptions,
): Promise<OwnKeyPackage>;
export declare function verifyKeyPackage(
  suite: CipherSuite,
  bytes: Uint8Array,
  nowMs: number,
): Promise<VerifiedKeyPackage | Refused>;
export declare function encodeKeyPackageSecrets(own: OwnKeyPackage): Uint8Array;
export declare function decodeKeyPackageSecrets(
  suite: CipherSuite,
  bytes: Uint8Array,
): OwnKeyPackage | Refused;

export declare function createGroup(
  suite: CipherSuite,
  signer: Signer,
  options: CreateGroupOptions,
): Promise<GroupState | Refused>;
export declare function commit(
  state: GroupState,
  signer: Signer,
  options: CommitOptions,
): Promise<PendingCommit | Refused>;
export declare function protect(
  state: GroupState,
  signer: Signer,
  data: Uint8Array,
  options?: ProtectOptions,
): Promise<Protected | Refused>;
/** Any group message of the current epoch: an application message, a commit (staged), or a proposal. */
export declare function unprotect(
  state: GroupState,
  message: Uint8Array,
  options: UnprotectOptions,
): Promise<Unprotected>;
export declare function merge(staged: StagedCommit): GroupState | RemovedState;
export declare function mergeJoin(staged: StagedJoin): GroupState;

export declare function stageWelcome(
  suite: CipherSuite,
  options: StageWelcomeOptions,
): Promise<StagedJoin | Refused>;
/** KeyPackageRefs a Welcome is for; to find the own KeyPackage. */
export declare function welcomeRecipients(welcome: Uint8Array): readonly Uint8Array[] | Refused;
export declare function verifyGroupInfo(
  suite: CipherSuite,
  groupInfo: Uint8Array,
  ratchetTree: Uint8Array | null,
): Promise<VerifiedGroupInfo | Refused>;
export declare function externalJoin(
  suite: CipherSuite,
  signer: Signer,
  options: ExternalJoinOptions,
): Promise<PendingCommit | Refused>;
/** MLSMessage with a signed GroupInfo of the current epoch (external_pub inside, tree as chosen). */
export declare function groupInfo(
  state: GroupState,
  signer: Signer,
  ratchetTree?: 'beside' | 'inside',
): Promise<Uint8Array>;

export declare function roster(state: GroupState): readonly Member[];
export declare function memberAt(state: GroupState, leafIndex: number): Member | null;
export declare function exportSecret(
  state: GroupState,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
): Uint8Array;
export declare function epochAuthenticator(state: GroupState): Uint8Array;
export declare function resumptionPsk(state: GroupState): Uint8Array;

/** Secret, about a kilobyte; changes with every message. */
export declare function encodePrivateState(state: GroupState): Uint8Array;
/** Public: GroupContext and ratchet tree; changes with every commit only. */
export declare function encodePublicTree(state: GroupState): Uint8Array;
export declare function decodeGroupState(
  suite: CipherSuite,
  privateState: Uint8Array,
  publicTree: Uint8Array,
): GroupState | Refused;
export declare function encodePendingCommit(pending: PendingCommit): Uint8Array;
export declare function decodePendingCommit(suite: CipherSuite, bytes: Uint8Array): PendingCommit | Refused;

/** Overwrites every secret of `previous` that `next` does not hold. Call once `next` is persisted. */
export declare function eraseSuperseded(previous: GroupState, next: GroupState | RemovedState): void;
/** Overwrites all secrets of a state. */
export declare function eraseState(state: GroupState): void;
/** Overwrites what a pending commit that was not accepted holds beyond `current`. */
export declare function erasePendingCommit(pending: PendingCommit, current: GroupState): void;
/** Overwrites the private half of a used KeyPackage. */
export declare function eraseKeyPackage(own: OwnKeyPackage): void;

/** What a message says of itself before anything is opened (group, epoch, kind); null where malformed. */
export declare function peekMessage(
  bytes: Uint8Array,
):
  | {
      readonly kind: 'group';
      readonly groupId: Uint8Array;
      readonly epoch: bigint;
      readonly content: 'application' | 'proposal' | 'commit';
    }
  | { readonly kind: 'welcome' | 'groupInfo' | 'keyPackage' }
  | Refused;
