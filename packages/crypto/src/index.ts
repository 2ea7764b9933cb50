/**
 * Sotto's own cryptographic protocols on MLS and library primitives: vault, identity chain and device
 * credentials (spec/accounts.md), the envelope (spec/envelope.md), conversation groups with their policy
 * (spec/groups.md). No I/O: chains, KeyPackages and the time are handed in.
 */

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
export { createDecoders } from './decoders.ts';
export { maxPassedOver, protectMessage, unprotectMessage } from './envelope/message.ts';
export { openSignal, sealSignal } from './envelope/signal.ts';
export { epochAuthenticatorOf, eraseGroup } from './group/conversationGroup.ts';
export { decodeConversationGroup, eraseGroupDelta, groupDelta } from './group/groupRecords.ts';
export { joinExternally } from './group/joinExternally.ts';
export { joinFromWelcome } from './group/joinFromWelcome.ts';
export { createKeyPackages } from './group/keyPackages.ts';
export {
  addDevices,
  changePolicy,
  createConversationGroup,
  removeDevices,
} from './group/ownCommits.ts';
export { decodePendingCommit, erasePendingCommit } from './group/pendingCommit.ts';
export { directPolicy, isHistoryOn } from './group/policy.ts';
export { stageCommit } from './group/stageCommit.ts';
export type * from './group/types.ts';
export { accountItemSlot, openAccountItem, sealAccountItem } from './history/accountItem.ts';
export { createDeposit, openDeposit } from './history/deposit.ts';
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
