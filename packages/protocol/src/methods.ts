import type { ErrorCode } from './errors.ts';
import { Connection } from './generated/sotto/v1/connection_pb.js';
import type { SignIn } from './generated/sotto/v1/signIn_pb.js';

/** Methods of the WebSocket connection and of sign-in over HTTP, by name as in the schema. */
export type ConnectionMethod = Capitalize<keyof (typeof Connection)['method'] & string>;
export type SignInMethod = Capitalize<keyof (typeof SignIn)['method'] & string>;

/** Errors that any method may answer with. */
export const commonErrors = ['malformed', 'too_large', 'too_many', 'rate_limited', 'unavailable'] as const;
/** Errors that any method of a connection may answer with. */
export const connectionErrors = ['unknown_method', 'not_authenticated', 'device_unknown'] as const;

/** What else each method declares. */
export const methodErrors = {
  Authenticate: ['authentication_failed', 'unknown_account', 'account_closed'],
  Subscribe: ['unknown_conversation', 'not_a_member'],
  Acknowledge: ['unknown_conversation', 'not_a_member'],
  Append: ['unknown_conversation', 'not_a_member', 'stale_epoch', 'unknown_account', 'blob_unknown'],
  CreateConversation: ['conversation_exists', 'unknown_account', 'account_closed', 'not_a_member'],
  ListConversations: [],
  GetGroupInfo: ['unknown_conversation', 'not_a_member'],
  PublishKeyPackages: [],
  ClaimKeyPackages: ['unknown_account', 'account_closed', 'no_key_package'],
  FindAccount: ['unknown_account', 'username_malformed'],
  GetChain: ['unknown_account'],
  ReadAccounts: [],
  Signal: ['unknown_conversation', 'not_a_member', 'stale_epoch'],
  CreateInvite: [],
  ReadLog: ['unknown_conversation', 'not_a_member'],
  ReadCommits: ['unknown_conversation', 'not_a_member'],
  Deposit: ['unknown_conversation', 'not_a_member'],
  PutAccountItems: ['item_stale'],
  ReadAccountItems: [],
  DescribeServer: [],
  StartRegistration: [
    'username_taken',
    'username_malformed',
    'account_exists',
    'invite_needed',
    'invite_invalid',
  ],
  FinishRegistration: [
    'username_taken',
    'username_malformed',
    'account_exists',
    'invite_needed',
    'invite_invalid',
    'chain_invalid',
  ],
  StartLogin: ['unknown_account', 'username_malformed'],
  FinishLogin: ['wrong_password', 'login_expired'],
  AddDevice: ['unknown_account', 'account_closed', 'chain_invalid', 'chain_stale'],
  ResolveInvite: ['invite_invalid'],
  StartPasswordChange: ['unknown_account', 'account_closed'],
  StartRecovery: ['unknown_account', 'username_malformed'],
  FinishRecovery: ['wrong_recovery_code', 'login_expired'],
  ChangeAccount: ['unknown_account', 'account_closed', 'chain_invalid', 'chain_stale'],
  StartPasskeyLogin: ['wrong_passkey'],
  FinishPasskeyLogin: ['wrong_passkey', 'login_expired'],
  ResolveReset: ['reset_refused'],
  StartReset: ['unknown_account', 'account_closed', 'account_exists'],
  FinishReset: ['unknown_account', 'account_closed', 'account_exists', 'chain_invalid', 'reset_refused'],
  ListDevices: [],
  LabelDevice: [],
  OfferPairing: [],
  ReadPairing: ['pairing_unknown'],
  ReadPairingOffer: ['pairing_unknown'],
  AnswerPairing: ['pairing_unknown'],
  PutInvitePreview: ['unknown_conversation', 'not_a_member', 'invite_invalid'],
  ReadInvitePreview: ['invite_invalid'],
  DropInvitePreview: ['unknown_conversation', 'not_a_member'],
  RequestToJoin: ['invite_invalid'],
  ListJoinRequests: ['unknown_conversation', 'not_a_member'],
  AnswerJoinRequest: ['unknown_conversation', 'not_a_member'],
  BeginUpload: ['quota_exceeded'],
  FinishUpload: ['upload_unknown', 'upload_incomplete', 'blob_mismatch'],
  CancelUpload: [],
  OpenBlobs: ['unknown_conversation', 'not_a_member'],
  ReleaseBlobs: ['unknown_conversation', 'not_a_member'],
  ReadBlobUsage: [],
  OpenRelay: [],
  ReadPushKey: [],
  SetPushTarget: [],
  OpenCallSeat: ['unknown_conversation', 'not_a_member', 'calls_off', 'seat_taken'],
  AskCallSeat: ['ticket_refused'],
  CloseCallSeat: [],
} as const satisfies Record<ConnectionMethod | SignInMethod, readonly ErrorCode[]>;

/** What the HTTP routes of uploads and downloads answer with (spec/server.md §Blobs). */
export const blobRouteErrors = {
  upload: ['ticket_refused', 'wrong_offset', 'malformed', 'too_large', 'unavailable'],
  download: ['ticket_refused', 'blob_unknown', 'malformed', 'unavailable'],
} as const satisfies Record<string, readonly ErrorCode[]>;

/** All errors that `method` may answer with. */
export function declaredErrors(method: keyof typeof methodErrors): readonly ErrorCode[] {
  const own = methodErrors[method];
  const isConnection = Connection.methods.some((m) => m.name === method);
  return [...commonErrors, ...(isConnection ? connectionErrors : []), ...own];
}
