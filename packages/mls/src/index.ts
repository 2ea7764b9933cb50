/**
 * RFC 9420 (MLS) and nothing else. Bytes are decoded, then verified, then staged, then merged; expected
 * failures are values of kind `refused`. See spec/mls.md.
 */
export { splitSharedEnd } from './codec/sharedEnd.ts';
export { decoders } from './decoders.ts';
export { commit } from './group/commit.ts';
export { createGroup } from './group/createGroup.ts';
export { erasePendingCommit, eraseStaged, eraseState, eraseSuperseded } from './group/erase.ts';
export { externalJoin } from './group/externalJoin.ts';
export { groupInfo, verifyGroupInfo } from './group/groupInfo.ts';
export {
  epochAuthenticator,
  exportSecret,
  memberAt,
  merge,
  mergeJoin,
  resumptionPsk,
  roster,
} from './group/inspect.ts';
export {
  createKeyPackage,
  decodeKeyPackageSecrets,
  defaultCapabilities,
  encodeKeyPackageSecrets,
  eraseKeyPackage,
  verifyKeyPackage,
} from './group/keyPackage.ts';
export { passOver } from './group/passOver.ts';
export { type Peeked, peekMessage } from './group/peekMessage.ts';
export { decodePendingCommit, encodePendingCommit } from './group/pendingCodec.ts';
export { protect } from './group/protect.ts';
export { stageWelcome, welcomeRecipients } from './group/stageWelcome.ts';
export { decodeGroupState, encodePrivateState, encodePublicTree } from './group/stateCodec.ts';
export { applyStateDelta, eraseStateDelta, recordName } from './group/stateDelta.ts';
export { decodeStateRecords, stateDelta } from './group/stateRecords.ts';
export type * from './group/types.ts';
export { unprotect } from './group/unprotect.ts';
export { limits } from './limits.ts';
export { DecodeError, type Refused } from './refusal.ts';
export { type MlsRefusal, type MlsRule, rules } from './rules.ts';
export type { Capabilities, RequiredCapabilities } from './structs/capabilities.ts';
export type { Credential } from './structs/credential.ts';
export type { Extension } from './structs/extension.ts';
export type { ContentKind } from './structs/framedContent.ts';
export type { GroupContext } from './structs/groupContext.ts';
export type { KeyPackage } from './structs/keyPackage.ts';
export type { LeafNode, Lifetime } from './structs/leafNode.ts';
export type { PreSharedKeyName, ResumptionUsage } from './structs/preSharedKeyId.ts';
export type { Proposal, ReInit } from './structs/proposal.ts';
export { extensionTypes, proposalTypes, wireFormats } from './structs/registry.ts';
