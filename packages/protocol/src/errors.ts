/** What a client does on an error: send the same again, stop, or fetch what it missed and make the request anew. */
export type ErrorAction = 'retry' | 'giveUp' | 'resync';

/**
 * Every error the server declares, with the action it asks for. The codes are the wire; sentences for people
 * are made from them at the edge.
 */
export const errorActions = {
  /** The frame or its payload does not decode, or a field is out of its bounds. */
  malformed: 'giveUp',
  unknown_method: 'giveUp',
  /** A size limit was exceeded; `limit` says which size was allowed. */
  too_large: 'giveUp',
  /** A count limit was exceeded; `limit` says which count was allowed. */
  too_many: 'giveUp',
  not_authenticated: 'giveUp',
  /** The device's signature does not verify, or the challenge is spent. */
  authentication_failed: 'giveUp',
  /** The device is not in the account's chain (any more). */
  device_unknown: 'giveUp',
  rate_limited: 'retry',
  /** The server cannot store or is shutting down. */
  unavailable: 'retry',
  unknown_account: 'giveUp',
  username_taken: 'giveUp',
  username_malformed: 'giveUp',
  account_exists: 'giveUp',
  invite_needed: 'giveUp',
  invite_invalid: 'giveUp',
  /** OPAQUE did not complete: for people, a wrong password. */
  wrong_password: 'giveUp',
  wrong_recovery_code: 'giveUp',
  /** No such passkey, or not signed by it. */
  wrong_passkey: 'giveUp',
  /** The account was replaced by another (FinishReset). */
  account_closed: 'giveUp',
  /** No permission to start over: the token is unknown, used or too old, or the device is none of the account's. */
  reset_refused: 'giveUp',
  login_expired: 'giveUp',
  chain_invalid: 'giveUp',
  /** No such pairing, or it is over. */
  pairing_unknown: 'giveUp',
  /** The chain has grown: read it and sign the entry anew. */
  chain_stale: 'resync',
  /** An item was put by another device meanwhile: read it, and put what both come to. */
  item_stale: 'resync',
  unknown_conversation: 'giveUp',
  not_a_member: 'giveUp',
  /** Made in another epoch than the conversation's; `epoch` says which it is in. */
  stale_epoch: 'resync',
  /** The conversation id is in use. */
  conversation_exists: 'giveUp',
  no_key_package: 'retry',
  /** The account has as many bytes on the server as it may; `limit` says how many. */
  quota_exceeded: 'giveUp',
  /** No such upload of this account: it expired, was cancelled, or its content was refused. Begin anew. */
  upload_unknown: 'giveUp',
  /** Not all of the upload has arrived: ask for its offset and send the rest. */
  upload_incomplete: 'resync',
  /** What arrived has another hash than was said. The upload is gone. */
  blob_mismatch: 'giveUp',
  /** No such blob (any more), or not for this account. */
  blob_unknown: 'giveUp',
  /** The ticket is unknown, over, or for something else: another relay, of a call's seat. Ask for a new one. */
  ticket_refused: 'resync',
  /** HTTP: the part begins elsewhere than the upload ends; `upload-offset` says where that is. */
  wrong_offset: 'resync',
  /** The server has no relay, or none that runs group calls. */
  calls_off: 'giveUp',
  /** The join id is another device's, or was one's before: draw another. */
  seat_taken: 'giveUp',
} as const satisfies Record<string, ErrorAction>;

export type ErrorCode = keyof typeof errorActions;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorActions, code);
}
