/** Every method of the wire and its handler. A method of the schema without a handler here is a type error. */
import type { Connection, SignIn } from '@sotto/protocol';
import { acknowledge } from './acknowledge.ts';
import { addDevice } from './addDevice.ts';
import { answerJoinRequest } from './answerJoinRequest.ts';
import { answerPairing } from './answerPairing.ts';
import { append } from './append.ts';
import { askCallSeat } from './askCallSeat.ts';
import { authenticate } from './authenticate.ts';
import { beginUpload } from './beginUpload.ts';
import { cancelUpload } from './cancelUpload.ts';
import { changeAccount } from './changeAccount.ts';
import { claimKeyPackages } from './claimKeyPackages.ts';
import { closeCallSeat } from './closeCallSeat.ts';
import { createConversation } from './createConversation.ts';
import { createInvite } from './createInvite.ts';
import { deposit } from './deposit.ts';
import { describeServer } from './describeServer.ts';
import { dropInvitePreview } from './dropInvitePreview.ts';
import { findAccount } from './findAccount.ts';
import { finishLogin } from './finishLogin.ts';
import { finishPasskeyLogin } from './finishPasskeyLogin.ts';
import { finishRecovery } from './finishRecovery.ts';
import { finishRegistration } from './finishRegistration.ts';
import { finishReset } from './finishReset.ts';
import { finishUpload } from './finishUpload.ts';
import { getChain } from './getChain.ts';
import { getGroupInfo } from './getGroupInfo.ts';
import type { AuthenticateHandler, ConnectionHandler, SignInHandler } from './handler.ts';
import { labelDevice } from './labelDevice.ts';
import { listConversations } from './listConversations.ts';
import { listDevices } from './listDevices.ts';
import { listJoinRequests } from './listJoinRequests.ts';
import { offerPairing } from './offerPairing.ts';
import { openBlobs } from './openBlobs.ts';
import { openCallSeat } from './openCallSeat.ts';
import { openRelay } from './openRelay.ts';
import { publishKeyPackages } from './publishKeyPackages.ts';
import { putAccountItems } from './putAccountItems.ts';
import { putInvitePreview } from './putInvitePreview.ts';
import { readAccountItems } from './readAccountItems.ts';
import { readAccounts } from './readAccounts.ts';
import { readBlobUsage } from './readBlobUsage.ts';
import { readCommits } from './readCommits.ts';
import { readInvitePreview } from './readInvitePreview.ts';
import { readLog } from './readLog.ts';
import { readPairing } from './readPairing.ts';
import { readPairingOffer } from './readPairingOffer.ts';
import { readPushKey } from './readPushKey.ts';
import { releaseBlobs } from './releaseBlobs.ts';
import { requestToJoin } from './requestToJoin.ts';
import { resolveInvite } from './resolveInvite.ts';
import { resolveReset } from './resolveReset.ts';
import { setPushTarget } from './setPushTarget.ts';
import { signal } from './signal.ts';
import { startLogin } from './startLogin.ts';
import { startPasskeyLogin } from './startPasskeyLogin.ts';
import { startPasswordChange } from './startPasswordChange.ts';
import { startRecovery } from './startRecovery.ts';
import { startRegistration } from './startRegistration.ts';
import { startReset } from './startReset.ts';
import { subscribe } from './subscribe.ts';

type ConnectionHandlers = {
  readonly [Method in keyof (typeof Connection)['method'] & string]: Method extends 'authenticate'
    ? AuthenticateHandler
    : ConnectionHandler<Method>;
};
type SignInHandlers = {
  readonly [Method in keyof (typeof SignIn)['method'] & string]: SignInHandler<Method>;
};

export const connectionHandlers: ConnectionHandlers = {
  authenticate,
  subscribe,
  acknowledge,
  append,
  createConversation,
  listConversations,
  getGroupInfo,
  publishKeyPackages,
  claimKeyPackages,
  findAccount,
  getChain,
  readAccounts,
  signal,
  createInvite,
  listDevices,
  labelDevice,
  readLog,
  readCommits,
  deposit,
  putAccountItems,
  readAccountItems,
  readPairingOffer,
  answerPairing,
  putInvitePreview,
  readInvitePreview,
  dropInvitePreview,
  requestToJoin,
  listJoinRequests,
  answerJoinRequest,
  beginUpload,
  finishUpload,
  cancelUpload,
  openBlobs,
  releaseBlobs,
  readBlobUsage,
  openRelay,
  readPushKey,
  setPushTarget,
  openCallSeat,
  askCallSeat,
  closeCallSeat,
};

export const signInHandlers: SignInHandlers = {
  describeServer,
  startRegistration,
  finishRegistration,
  startLogin,
  finishLogin,
  addDevice,
  resolveInvite,
  startPasswordChange,
  startRecovery,
  finishRecovery,
  changeAccount,
  offerPairing,
  readPairing,
  startPasskeyLogin,
  finishPasskeyLogin,
  resolveReset,
  startReset,
  finishReset,
};
