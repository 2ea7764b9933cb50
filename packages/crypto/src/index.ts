/**
 * Sotto's own cryptographic protocols on MLS and library primitives: vault, identity chain and device
 * credentials (spec/accounts.md), the envelope (spec/envelope.md), conversation groups with their policy
 * (spec/groups.md). No I/O: chains, KeyPackages and the time are handed in.
 */

export { splitSharedEnd } from '@sotto/mls';
export { type Provider, type SigningKey, type SuiteId, suiteIds } from '@sotto/primitives';
export { CredentialCache } from './account/credentialCache.ts';
export { createDevice, importDevice, signAuthentication, signReset } from './account/device.ts';
export {
  createDeviceCredential,
  decodeDeviceCredential,
  verifyDeviceCredential,
} from './account/deviceCredential.ts';
export {
  openDeviceLabel,
  openDeviceSecrets,
  sealDeviceLabel,
  sealDeviceSecrets,
} from './account/deviceSecrets.ts';
export { createChain, extendChain, verifyChain } from './account/identityChain.ts';
export { identityPin } from './account/identityPin.ts';
export { lockKey } from './account/lockKey.ts';
export {
  openPasskeyLabel,
  passkeyIdOf,
  passkeyKey,
  sealPasskeyLabel,
  signPasskeyLogin,
} from './account/passkey.ts';
export { generatePassphrase } from './account/passphrase.ts';
export { finishLogin, finishRegistration, startLogin, startRegistration } from './account/passwordSignIn.ts';
export { generateRecoveryCode, parseRecoveryCode } from './account/recoveryCode.ts';
export { recoveryKey, signRecovery } from './account/recoveryKey.ts';
export { type OpenedFilePart, openFile, sealFile } from './account/sealedFile.ts';
export type * from './account/types.ts';
export {
  createAccountSecrets,
  createSlotKey,
  createVault,
  openVault,
  renewHistoryKey,
  sealVault,
  vaultHash,
  wipeSecrets,
} from './account/vault.ts';
export {
  type AttachmentCipher,
  attachmentKeySizeBytes,
  createAttachmentCipher,
  isAttachmentSize,
} from './attachment/attachmentCipher.ts';
export {
  attachmentChunkSizeBytes,
  maxAttachmentSizeBytes,
  sealedAttachmentChunkSizeBytes,
  sealedAttachmentSize,
} from './attachment/sealedSize.ts';
export {
  type CallSender,
  callBase,
  callCode,
  callCommitment,
  callKeyId,
  callSecretSizeBytes,
  callSenderKey,
  exportForCall,
  type FrameKey,
  fingerprintSizeBytes,
  frameKeySizeBytes,
  joinIdSizeBytes,
  sealFrameKey,
} from './call/callKeys.ts';
export {
  createShareKey,
  exportForGroupCall,
  type GroupFrameMessage,
  groupCallBase,
  groupCallCheck,
  groupCallCheckSizeBytes,
  groupCallSecretSizeBytes,
  isShareKey,
  maxGeneration,
  maxOrdinal,
  maxStep,
  nextGroupCallBase,
  openGroupCallSecret,
  type SharedFor,
  sealGroupFrameMessage,
  sharedSecretSizeBytes,
  shareGroupCallSecret,
} from './call/groupCallKeys.ts';
export { createDecoders } from './decoders.ts';
export { maxPassedOver, passOverMessage, protectMessage, unprotectMessage } from './envelope/message.ts';
export { openSignal, sealSignal } from './envelope/signal.ts';
export { epochAuthenticatorOf, eraseGroup } from './group/conversationGroup.ts';
export { decodeDetails, encodeDetails, isGroupName, isGroupPhoto } from './group/details.ts';
export { decodeConversationGroup, eraseGroupDelta, groupDelta } from './group/groupRecords.ts';
export { type InviteSealPlace, openForInvite, sealForInvite } from './group/inviteSeal.ts';
export { joinExternally } from './group/joinExternally.ts';
export { joinFromWelcome, welcomeKeyPackages } from './group/joinFromWelcome.ts';
export {
  createInviteSecret,
  decodeJoinProof,
  encodeJoinProof,
  type InviteKeys,
  inviteKeys,
  signJoin,
} from './group/joinProof.ts';
export { createKeyPackages } from './group/keyPackages.ts';
export { createNote, openNote } from './group/note.ts';
export { type NotedCommit, noteFits } from './group/noteChanges.ts';
export {
  addDevices,
  changePolicy,
  createConversationGroup,
  proposeGroupChange,
  removeDevices,
} from './group/ownCommits.ts';
export { decodePendingCommit, erasePendingCommit } from './group/pendingCommit.ts';
export { directPolicy, groupPolicy, isHistoryOn } from './group/policy.ts';
export { maySetTimer } from './group/policyChange.ts';
export type * from './group/policyTypes.ts';
export {
  isLargeGroup,
  isSameRoles,
  mayDo,
  mightDo,
  mightNameEveryone,
  roleOf,
  rolesOf,
} from './group/roles.ts';
export { stageCommit } from './group/stageCommit.ts';
export { isTimer, shorterTimer } from './group/timer.ts';
export type * from './group/types.ts';
export { accountItemSlot, openAccountItem, sealAccountItem } from './history/accountItem.ts';
export { createDeposit, openDeposit } from './history/deposit.ts';
export { depositLots } from './history/depositContents.ts';
export { historyKeyOf } from './history/historyKey.ts';
export { openKeptMessage } from './history/keptMessage.ts';
export {
  encodePairingCode,
  openPairingAnswer,
  openPairingOffer,
  pairingId,
  pairingSecretOf,
  parsePairingCode,
  sealPairingAnswer,
  sealPairingOffer,
} from './pairing/pairing.ts';
export type * from './pairing/types.ts';
