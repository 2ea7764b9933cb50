/**
 * What a device's engine is to whoever uses it: commands and views. Over 400 lines, because it is one contract, and each
 * type stands beside the command that speaks of it; messages, media and groups have files of their own.
 */
import type {
  AccountId,
  CallId,
  ConversationId,
  DeviceId,
  ErrorCode,
  PasskeyId,
  TransactionId,
} from '@sotto/protocol';
import type { CallLineView, CallSignals, CallsApi, CallView } from './apiCalls.ts';
import type { DisappearingApi, MessageTimerView, TimerView } from './apiDisappearing.ts';
import type { GroupCallLineView, GroupCallSignals, GroupCallsApi, GroupCallView } from './apiGroupCalls.ts';
import type { GroupRightsView, GroupRole, GroupsApi, GroupView } from './apiGroups.ts';
import type { MediaApi } from './apiMedia.ts';
import type {
  MessageExtras,
  MessagesApi,
  ReactionView,
  ReceiptChoiceView,
  SendProblem,
} from './apiMessages.ts';

export type * from './apiCalls.ts';
export type * from './apiDisappearing.ts';
export type * from './apiGroupCalls.ts';
export type * from './apiGroups.ts';
export type * from './apiMedia.ts';
export { stickerIndex } from './apiMedia.ts';
export type * from './apiMessages.ts';
export { plainText, untouched } from './apiMessages.ts';

/**
 * What a signed-in (or not yet signed-in) device offers to its views: commands, and values to watch. The same
 * interface stands on both sides of the worker boundary, so everything here can be structured-cloned, and no key
 * is part of any of it. What is about messages, attachments and groups is in files of their own. Longer than other
 * files on purpose: it is the contract of the engine, read in one place.
 */
export interface SottoApi extends MessagesApi, MediaApi, GroupsApi, DisappearingApi, CallsApi, GroupCallsApi {
  /** What the server says of itself; needs no sign-in. */
  describeServer(): Promise<Outcome<ServerView, ServerProblem>>;
  /** A fresh five-word passphrase (64 bits). */
  suggestPassphrase(): Promise<string>;
  /** Creates the account and this device. The recovery code is told once and kept nowhere. */
  register(request: RegisterRequest): Promise<Outcome<{ recoveryCode: string }, RegisterProblem>>;
  /** Signs in with the password; resumes this browser's device where it was signed out here before. */
  signIn(request: SignInRequest): Promise<Outcome<null, SignInProblem>>;
  /** The same with a passkey, which says whose it is. */
  signInWithPasskey(passkey: PasskeySecret, lostDevice?: DeviceId): Promise<Outcome<null, SignInProblem>>;
  /** Sets a new password with the recovery code, for who has forgotten it, and signs in with it. */
  recover(request: RecoverRequest): Promise<Outcome<null, SignInProblem | AccountProblem>>;
  /** Closes the session and locks this device's copy of everything behind the password. */
  signOut(): Promise<void>;

  /** The account's devices, and what was done to the account, as its chain says. */
  readOwnAccount(): Promise<Outcome<OwnAccountView, ServerProblem>>;
  /** What one of the account's devices is called; empty: what its browser says. Only the account's devices can read it. */
  renameDevice(deviceId: DeviceId, name: string): Promise<Outcome<null, ServerProblem>>;
  /** The server's key, with which this browser asks its push service; empty: the server wakes nobody (spec/push.md). */
  readPushKey(): Promise<Outcome<Uint8Array, ServerProblem>>;
  /** Where this device is woken while it is not connected: an endpoint of the push service, or null for nowhere. */
  setPushTarget(endpoint: string | null): Promise<Outcome<null, ServerProblem>>;
  /** Takes a device out of the account, for good: it is cut off, and what it has stored is locked. */
  removeDevice(request: RemoveDeviceRequest): Promise<Outcome<null, AccountProblem>>;
  /** Success is told only after the account was opened with the new password. */
  changePassword(request: ChangePasswordRequest): Promise<Outcome<null, AccountProblem>>;
  /** A recovery code that opens nothing yet: for `replaceRecoveryCode`, once it is kept. */
  suggestRecoveryCode(): Promise<string>;
  /** Makes `recoveryCode` the account's; the one before opens nothing any more. Told after a test. */
  replaceRecoveryCode(request: ReplaceRecoveryCodeRequest): Promise<Outcome<null, AccountProblem>>;

  /** Lets a passkey sign in and open the account. Success is told only after a test with it. */
  addPasskey(request: AddPasskeyRequest): Promise<Outcome<null, AccountProblem>>;
  removePasskey(request: RemovePasskeyRequest): Promise<Outcome<null, AccountProblem>>;

  /**
   * Signed out: what a signed-in device of the account has to read, as a QR code, for this one to become the account's
   * as well. A new code ends the one before.
   */
  beginPairing(): Promise<Outcome<PairingCodeView, ServerProblem>>;
  /** Resolves once the code that is shown was answered and this device is signed in by it. */
  awaitPairing(): Promise<Outcome<null, PairingProblem>>;
  cancelPairing(): Promise<void>;
  /** Signed in: who shows this code, by its own word. */
  readPairingOffer(code: string): Promise<Outcome<PairingOfferView, PairingProblem>>;
  /** Grants the account to the device that shows the code; resolves once it has come. */
  approvePairing(request: ApprovePairingRequest): Promise<Outcome<null, PairingProblem | AccountProblem>>;

  /**
   * For who can open the account no longer and is signed in here: an account of new keys takes its name, the old one
   * is closed, and what was in it stays closed. `isTested`: the new one was opened with the password and the code.
   */
  resetIdentity(request: { readonly newPassword: string }): Promise<Outcome<ResetResult, ResetProblem>>;
  /** Whom the operator's link (its text after `#reset=`) lets start over; needs no sign-in. */
  resolveReset(link: string): Promise<Outcome<ResetView, ResetProblem>>;
  /** The same with that link, where no device is left. */
  resetByLink(request: ResetByLinkRequest): Promise<Outcome<ResetResult, ResetProblem>>;
  /** The user says that this account (`newIdentity`) is the person that another one was; it can be written to from then on. */
  acceptNewIdentity(accountId: AccountId): Promise<Outcome<AccountView, FindProblem>>;
  /** The user says that it is somebody else: the conversation with who was there before goes on. */
  declineNewIdentity(accountId: AccountId): Promise<void>;

  findAccount(username: string): Promise<Outcome<AccountView, FindProblem>>;
  /** What an invite link (its text after `#invite=`) leads to, as the server says; needs no sign-in. */
  resolveInvite(invite: string): Promise<Outcome<InviteView, InviteProblem>>;
  /** A link part for `#invite=` that leads to this account. */
  createInvite(): Promise<Outcome<{ invite: string; expiresAtMs: number }, ServerProblem>>;
  /**
   * The direct conversation with an account, created where there is none. Works offline: then it waits. `invite`:
   * the one that led to the account; `keysInvalid` where the server answered with another than whoever made it.
   */
  openDirectConversation(
    accountId: AccountId,
    invite?: string,
  ): Promise<Outcome<ConversationId, FindProblem>>;

  /** `sendMessage` with a text and nothing else. */
  sendText(
    conversationId: ConversationId,
    text: string,
    messageId?: TransactionId,
  ): Promise<Outcome<TransactionId, SendProblem>>;
  /** One page of a thread, oldest first; see `MessagesQuery`. */
  readMessages(query: MessagesQuery): Promise<MessagePage>;
  /** Texts stored on this device that have all the words of `text` (spec/search.md), the newest first. */
  searchMessages(query: MessageSearch): Promise<MessageMatches>;
  /** Stops fetching what was said before, but for what somebody looks at; this stays so over restarts. */
  pauseHistory(): Promise<void>;
  resumeHistory(): Promise<void>;
  /**
   * Begins an archive (ZIP) of what can be read here: `readExport` until `last`, or `endExport` to stop.
   * `exportEverything` of @sotto/sdk does all three. See spec/search.md.
   */
  beginExport(choice: ExportChoice): Promise<ExportStart>;
  /** The next bytes of the archive. */
  readExport(exportId: string): Promise<ExportPart>;
  endExport(exportId: string): Promise<void>;
  /** Everything up to `order` was shown to the user. */
  markRead(conversationId: ConversationId, order: number): Promise<void>;
  /** The user has read what `logAlarms` say: they are shown no more in the thread. */
  acknowledgeLogAlarms(conversationId: ConversationId): Promise<void>;
  /** These three show at once, and on the account's other devices when they have the account's item. */
  archiveConversation(conversationId: ConversationId, archived: boolean): Promise<void>;
  /** `untilMs`: a time, `alwaysMuted`, or null for not any more. */
  muteConversation(conversationId: ConversationId, untilMs: number | null): Promise<void>;
  pinConversation(conversationId: ConversationId, pinned: boolean): Promise<void>;
  /**
   * Whether this account wants messages of the conversation kept for its members' other and later devices. Done as
   * soon as this device is connected; see `HistoryStateView`.
   */
  setConversationHistory(conversationId: ConversationId, on: boolean): Promise<void>;
  /** The same for all conversations, those to come too. Chosen later for one of them, that one differs. */
  setAccountHistory(on: boolean): Promise<void>;
  setTyping(conversationId: ConversationId, active: boolean): Promise<void>;

  /** Calls `listener` with the present value, and again with each new one, until the returned function is called. */
  watch<Kind extends keyof WatchedViews>(
    view: { kind: Kind } & WatchedViews[Kind]['query'],
    listener: (value: WatchedViews[Kind]['value']) => void,
  ): () => void;
}

/** The values that can be watched. */
export interface WatchedViews {
  session: { query: object; value: SessionView };
  connection: { query: object; value: ConnectionView };
  /** What is pinned first, the latest pin on top; then newest activity first. What is archived is among them. */
  conversations: { query: object; value: readonly ConversationView[] };
  /** One conversation with its members; null where it is not (or no longer) known. */
  conversation: { query: { conversationId: ConversationId }; value: ConversationDetailsView | null };
  /** How much of everything that was said is on this device: what search and export cover. */
  history: { query: object; value: HistoryView };
  /** Messages that are new or changed since the last call; the first call is empty. Pages come from `readMessages`. */
  messages: { query: { conversationId: ConversationId }; value: MessageChanges };
  /** What the account chose for all of its conversations. */
  historyChoice: { query: object; value: HistoryChoiceView };
  receiptChoice: { query: object; value: ReceiptChoiceView };
  /** Calls that ring or go on, the oldest first. */
  calls: { query: object; value: readonly CallView[] };
  /** Whoever watches it holds the call's media. */
  callSignals: { query: { callId: CallId }; value: CallSignals };
  /** Calls of groups that are open, the oldest first. */
  groupCalls: { query: object; value: readonly GroupCallView[] };
  /** Whoever watches it holds the call's media. */
  groupCallSignals: { query: { callId: CallId }; value: GroupCallSignals };
}

export type Outcome<Value, Problem> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** `offline`: no answer from the server. Else a declared error that this command cannot do anything about. */
export type ServerProblem =
  | { readonly kind: 'offline' }
  | { readonly kind: 'refused'; readonly code: ErrorCode };
export type FindProblem =
  | { readonly kind: 'unknownAccount' | 'malformedUsername' | 'keysInvalid' }
  /** Somebody with this name was met here before, with other keys: see `acceptNewIdentity`. */
  | { readonly kind: 'newIdentity'; readonly account: AccountView }
  | ServerProblem;
export type InviteProblem = { readonly kind: 'invalidInvite' } | ServerProblem;
export type RegisterProblem =
  | { readonly kind: 'usernameTaken' | 'malformedUsername' | 'inviteNeeded' | 'invalidInvite' }
  | { readonly kind: 'passwordTooShort' | 'passwordTooLong'; readonly limit: number }
  /** `interrupted`: the tab that did it closed meanwhile. The session view says whether it came to be. */
  | { readonly kind: 'storage' | 'interrupted' }
  | ServerProblem;
/** Why an account could not be opened with a password or a recovery code. */
export type OpenProblem =
  | {
      readonly kind:
        | 'unknownAccount'
        | 'malformedUsername'
        | 'wrongPassword'
        | 'wrongRecoveryCode'
        | 'malformedRecoveryCode'
        /** It is of no account here, was removed, or is another account's. */
        | 'wrongPasskey'
        | 'keysInvalid';
    }
  /** Too many tries: wait this long. */
  | { readonly kind: 'tooManyTries'; readonly retryAfterMs: number }
  | ServerProblem;
export type SignInProblem = { readonly kind: 'storage' | 'interrupted' } | OpenProblem;
export type AccountProblem =
  | { readonly kind: 'passwordTooShort' | 'passwordTooLong'; readonly limit: number }
  /**
   * `deviceRemoved`: this device itself was taken out of the account meanwhile. `unconfirmed`: the server says that it
   * was done, and the test afterwards failed. `interrupted`: the tab that did it closed; it was done or it was not.
   */
  | { readonly kind: 'unknownDevice' | 'deviceRemoved' | 'unconfirmed' | 'interrupted' }
  | { readonly kind: 'knownPasskey' | 'unknownPasskey' }
  | { readonly kind: 'tooManyPasskeys'; readonly limit: number }
  | OpenProblem;
/**
 * `expired`: the code is too old, or nobody shows it any more. `notCome`: it was granted, and the other device did not come;
 * it is not in the account. `cancelled`: another code took its place, or it was given up.
 */
export type PairingProblem =
  | {
      readonly kind:
        | 'malformedCode'
        | 'expired'
        | 'cancelled'
        | 'keysInvalid'
        | 'deviceRemoved'
        | 'notCome'
        | 'storage'
        | 'interrupted';
    }
  | ServerProblem;
export type ResetProblem =
  /** `invalidResetLink`: unknown, used, or too old. `accountClosed`: it was done before. */
  | { readonly kind: 'invalidResetLink' | 'accountClosed' | 'storage' | 'interrupted' }
  | { readonly kind: 'passwordTooShort' | 'passwordTooLong'; readonly limit: number }
  | { readonly kind: 'tooManyTries'; readonly retryAfterMs: number }
  | ServerProblem;

export interface PairingCodeView {
  /** 44 characters of base64url. */
  readonly code: string;
  readonly expiresAtMs: number;
}
export interface PairingOfferView {
  /** Browser and system, or empty. */
  readonly system: string;
}
export interface ApprovePairingRequest {
  readonly code: string;
  readonly secret: AccountSecret;
}

export interface RegisterRequest {
  readonly username: string;
  readonly password: string;
  readonly invite?: string;
}
export interface SignInRequest {
  readonly username: string;
  readonly password: string;
  /** The device that this place was, whose content the browser has deleted: it is taken out of the account. */
  readonly lostDevice?: DeviceId;
}

/** What opens an account. */
export type AccountSecret =
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'recoveryCode'; readonly code: string }
  | PasskeySecret;
/** What a passkey gave to the page (WebAuthn with PRF). `prfOutput` is overwritten once the command is done. */
export interface PasskeySecret {
  readonly kind: 'passkey';
  /** Its user handle. */
  readonly accountId: AccountId;
  readonly credentialId: Uint8Array;
  /** 32 bytes. */
  readonly prfOutput: Uint8Array;
}
export interface NewPasskey {
  /** As the user calls it. */
  readonly name: string;
  readonly credentialId: Uint8Array;
  /** 32 bytes; overwritten once the command is done. */
  readonly prfOutput: Uint8Array;
}
export interface AddPasskeyRequest {
  readonly secret: AccountSecret;
  readonly passkey: NewPasskey;
}
export interface ResetByLinkRequest {
  readonly link: string;
  readonly newPassword: string;
}
export interface ResetView {
  readonly username: string;
}
export interface ResetResult {
  readonly username: string;
  /** Told once and kept nowhere. */
  readonly recoveryCode: string;
  readonly isTested: boolean;
}
export interface RemovePasskeyRequest {
  readonly secret: AccountSecret;
  readonly passkeyId: PasskeyId;
}
export interface RecoverRequest {
  readonly username: string;
  readonly recoveryCode: string;
  readonly newPassword: string;
  readonly lostDevice?: DeviceId;
}
export interface RemoveDeviceRequest {
  readonly deviceId: DeviceId;
  readonly secret: AccountSecret;
}
export interface ChangePasswordRequest {
  readonly secret: AccountSecret;
  readonly newPassword: string;
}
export interface ReplaceRecoveryCodeRequest {
  readonly secret: AccountSecret;
  readonly recoveryCode: string;
}

export interface OwnAccountView {
  /** This device first, then by when they were last here. */
  readonly devices: readonly DeviceView[];
  /** The oldest first. */
  readonly passkeys: readonly PasskeyView[];
  /** The newest first. */
  readonly securityLog: readonly SecurityEventView[];
  /** What this device found out of keys at the server, the newest first. */
  readonly notices: readonly SecurityNoticeView[];
}
/**
 * `falseDeposit`: a history key that was left for the account is not the one that the conversation has. `keyring…`: the
 * list of such keys is not the one that the account's devices have read, or ends before.
 */
export interface SecurityNoticeView {
  readonly kind: 'falseDeposit' | 'keyringForked' | 'keyringShortened';
  /** Whoever signed it; null where nobody did, and it is of the server's making. */
  readonly account: AccountView | null;
  readonly atMs: number;
}
export interface DeviceView {
  readonly deviceId: DeviceId;
  /** As the user calls it, or empty. */
  readonly name: string;
  /** Browser and system as it says itself, or empty. */
  readonly system: string;
  readonly isThis: boolean;
  readonly addedAtMs: number;
  /** To the minute, as the server says; null: never. */
  readonly lastSeenMs: number | null;
  readonly online: boolean;
}
export interface PasskeyView {
  readonly passkeyId: PasskeyId;
  /** As the user calls it, or empty. */
  readonly name: string;
  /** How its authenticator knows it; empty where that cannot be read. */
  readonly credentialId: Uint8Array;
  readonly addedAtMs: number;
  /** To the minute, as the server says; null: never. */
  readonly lastUsedMs: number | null;
}
export interface SecurityEventView {
  readonly kind:
    | 'created'
    | 'deviceAdded'
    | 'deviceRemoved'
    | 'passwordChanged'
    | 'recoveryCodeReplaced'
    | 'recovered'
    | 'passkeyAdded'
    | 'passkeyRemoved'
    /** The account began by taking the place of another (`resetIdentity`). */
    | 'identityReset';
  /** Its place in the account's chain. */
  readonly seq: number;
  readonly atMs: number;
  /** The device that came, where it is still one of the account's. */
  readonly device: DeviceView | null;
  /** The passkey that came, where it is still one of the account's. */
  readonly passkey: PasskeyView | null;
}

export interface ServerView {
  readonly version: string;
  readonly openRegistration: boolean;
}
export interface AccountView {
  readonly accountId: AccountId;
  readonly username: string;
}
export interface InviteView {
  /** Null for the operator's first-run invite, which leads to nobody. */
  readonly account: AccountView | null;
  readonly registers: boolean;
}

export type SessionView =
  | { readonly kind: 'starting' }
  | { readonly kind: 'signedOut'; readonly lastUsername: string | null }
  | {
      readonly kind: 'signedIn';
      readonly accountId: AccountId;
      readonly deviceId: DeviceId;
      readonly username: string;
    }
  /** The device cannot go on: what to tell the user is told by `reason`. */
  | {
      readonly kind: 'stopped';
      readonly reason:
        | 'storageUnavailable'
        | 'storageCorrupt'
        | 'deviceRemoved'
        /** Another account took the place of this one. */
        | 'accountClosed'
        | 'insecureContext'
        | 'anotherOwner';
    };

export type ConnectionView =
  | { readonly kind: 'offline'; readonly retryAtMs: number | null }
  | { readonly kind: 'connecting' }
  /** Missed entries are still arriving. */
  | { readonly kind: 'catchingUp' }
  | { readonly kind: 'online' };

export interface ConversationView {
  readonly conversationId: ConversationId;
  readonly kind: 'direct' | 'group';
  /** Of a group its name, or empty where that is not known yet. */
  readonly title: string;
  /** Direct conversations: the other account (oneself for notes to oneself). Groups: null. */
  readonly peer: AccountView | null;
  /** Groups: WebP, JPEG or PNG; empty: none. */
  readonly photo: Uint8Array;
  readonly memberCount: number;
  readonly timer: TimerView;
  readonly online: boolean;
  readonly typing: boolean;
  /** Groups: who types, at most three. */
  readonly typingBy: readonly AccountView[];
  readonly lastMessage: MessageView | null;
  readonly lastActivityMs: number;
  readonly unreadCount: number;
  /** Unread messages that mention this account. */
  readonly unreadMentions: number;
  /** The user wants it shown as unread, whatever is. */
  readonly markedUnread: boolean;
  /** The latest pin, and how many there are. */
  readonly pinnedMessage: MessageView | null;
  readonly pinnedCount: number;
  /** Groups: who asks to join, for this account to answer. */
  readonly joinRequestCount: number;
  /**
   * What this account may do here, by the group's rights and its role; in direct conversations everything that is its own.
   * `nameEveryone`: in a mention.
   */
  readonly may: {
    readonly [Right in keyof GroupRightsView | 'nameEveryone']: boolean;
  };
  /** Groups: it was left, this account was removed, or it was deleted for all. */
  readonly ended: GroupView['ended'];
  /** Put away until somebody writes in it (or, where it is muted, until it is taken out again). */
  readonly archived: boolean;
  /** Nothing is to be made of new messages until then; `alwaysMuted`; null: it is not muted. */
  readonly mutedUntilMs: number | null;
  /** When it was pinned, or null. */
  readonly pinnedAtMs: number | null;
  readonly draft: string;
  /**
   * The other account was replaced by this one, as the server says: nothing is sent here any more, and to the new one
   * nothing before it is accepted (`acceptNewIdentity`).
   */
  readonly newIdentity: {
    readonly account: AccountView;
    readonly accepted: boolean;
    readonly toldAtMs: number;
  } | null;
  /** Everything up to these orders has arrived at, or was shown to, every other member. */
  readonly deliveredOrder: number;
  readonly readOrder: number;
  /** What this account itself has read up to. */
  readonly ownReadOrder: number;
  /** `waiting`: made offline, not yet on the server. `healing`: this device is rejoining the group. */
  readonly state: 'waiting' | 'ready' | 'healing';
  /** The server did not show this device the same conversation as others; see `logAlarms`. Not acknowledged yet. */
  readonly logForked: boolean;
}

export interface ConversationDetailsView {
  readonly conversation: ConversationView;
  /** This account first; of groups then the owner, admins, and the others by name. */
  readonly members: readonly MemberView[];
  readonly group: GroupView | null;
  readonly epoch: number;
  readonly postQuantum: boolean;
  readonly history: HistoryStateView;
  /** Direct conversations: calls of the other account ring nowhere (`blockCalls`). */
  readonly callsBlocked: boolean;
  /** The oldest first; acknowledged ones too. */
  readonly logAlarms: readonly LogAlarmView[];
}
/**
 * `broken`: messages do not follow each other as they say. `forked`: a device of `account` says that it was shown
 * another conversation. `shortened`: the server no longer has all that there was.
 */
export interface LogAlarmView {
  readonly reason: 'broken' | 'forked' | 'shortened';
  /** Whose device says so; null where it shows by itself. */
  readonly account: AccountView | null;
  readonly atMs: number;
  readonly acknowledged: boolean;
}
/** Whether what is said now is kept for the members' other and later devices (spec/history.md, "History off"). */
export interface HistoryStateView {
  readonly on: boolean;
  /** Members that turned it off. */
  readonly offBy: readonly AccountView[];
  /** What this account chose and is not done yet: it is once this device is connected. */
  readonly pending: 'on' | 'off' | null;
}
export interface HistoryChoiceView {
  readonly on: boolean;
  /** Conversations in which what was chosen is not done yet. */
  readonly pendingCount: number;
}
export interface MemberView {
  readonly account: AccountView;
  readonly isSelf: boolean;
  readonly deviceCount: number;
  /** Direct conversations: null. */
  readonly role: GroupRole | null;
}

export interface MessageView {
  readonly messageId: TransactionId;
  readonly conversationId: ConversationId;
  /** Place in the thread: the log's `seq`, or above 2^40 while waiting. Changes once, on acceptance. */
  readonly order: number;
  readonly sender: AccountView;
  readonly mine: boolean;
  readonly sentAtMs: number;
  readonly state: MessageState;
  readonly body: MessageBodyView;
  /** Most given first. */
  readonly reactions: readonly ReactionView[];
  /** When it was changed last, or null. */
  readonly editedAtMs: number | null;
  readonly pinned: boolean;
  readonly starred: boolean;
  /** Waits until then; null: it does not wait for a time. */
  readonly sendAtMs: number | null;
  /** Null: it stays. */
  readonly timer: MessageTimerView | null;
}
export type MessageState = 'waiting' | 'sent' | 'failed' | 'received';
export type MessageBodyView =
  /** The text may be empty where there are attachments or a sticker. */
  | ({ readonly kind: 'text'; readonly text: string } & MessageExtras)
  /** For everyone, by this account. */
  | { readonly kind: 'deleted'; readonly by: AccountView }
  /** A line by Sotto itself. */
  | { readonly kind: 'notice'; readonly notice: Notice }
  /** A call that rings, goes on or is over. */
  | { readonly kind: 'call'; readonly call: CallLineView }
  /** A call of a group that goes on or is over. */
  | { readonly kind: 'groupCall'; readonly call: GroupCallLineView }
  /** An entry that could not be opened, and why. */
  | { readonly kind: 'unreadable'; readonly reason: string };
export type Notice =
  | { readonly kind: 'conversationStarted' }
  /** By this account, which has history off. */
  | { readonly kind: 'startedWithoutHistory'; readonly account: AccountView }
  | { readonly kind: 'deviceJoined'; readonly account: AccountView }
  | { readonly kind: 'deviceLeft'; readonly account: AccountView }
  /** This device came after earlier messages were sent; it has none of them. */
  | { readonly kind: 'joinedLate' }
  | { readonly kind: 'healed' }
  /** From here on messages stay on the devices that are there (spec/history.md, "History off"). */
  | { readonly kind: 'historyOff'; readonly account: AccountView }
  | { readonly kind: 'historyOn'; readonly account: AccountView }
  /** The account has turned it on again, and another one has it off. */
  | { readonly kind: 'historyStaysOff'; readonly account: AccountView }
  /** Messages disappear after this time from here on; 0: they stay. */
  | { readonly kind: 'timer'; readonly account: AccountView; readonly seconds: number }
  /** What was sent here while history was off is not on this device. */
  | { readonly kind: 'historyGap' }
  /** What was sent here was gone before this device had it. */
  | { readonly kind: 'disappeared' }
  | {
      readonly kind: 'groupChanged';
      readonly account: AccountView;
      readonly change: GroupChangeView;
      /** What was done together with it. */
      readonly also?: readonly GroupChangeView[];
    };

/** What `account` of the notice did to the group. */
export type GroupChangeView =
  | {
      readonly kind: 'added' | 'joinedByLink';
      readonly accounts: readonly AccountView[];
      /** They read what was said before, too. */
      readonly seesEarlier: boolean;
    }
  | {
      readonly kind: 'removed' | 'left' | 'promoted' | 'demoted' | 'handedOver';
      readonly accounts: readonly AccountView[];
    }
  | { readonly kind: 'renamed'; readonly name: string }
  | { readonly kind: 'rights'; readonly rights: GroupRightsView }
  | { readonly kind: 'sharesHistory' | 'invite'; readonly on: boolean }
  | { readonly kind: 'created' | 'photo' | 'description' | 'deleted' };

/**
 * Which messages of a thread: the newest `limit` before `beforeOrder`, the oldest after `afterOrder`, as many around
 * `aroundOrder` (half of them at or above it), or, with none of these, the newest. At most one of them is given.
 */
export interface MessagesQuery {
  readonly conversationId: ConversationId;
  readonly beforeOrder?: number;
  readonly afterOrder?: number;
  readonly aroundOrder?: number;
  readonly limit: number;
}
export interface MessagePage {
  readonly messages: readonly MessageView[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}
export interface HistoryView {
  /** Texts on this device. */
  readonly messagesHere: number;
  /** About so many there are in all: until everything is here, as many as the entries of the logs let expect. */
  readonly messagesInAll: number;
  /** Entries of logs: texts, receipts, commits. */
  readonly entriesHere: number;
  readonly entriesInAll: number;
  /** `waiting`: for a connection, or for its turn. */
  readonly state: 'complete' | 'fetching' | 'waiting' | 'paused';
}
export interface MessageSearch {
  /** As typed: words by their beginnings, "quoted" words exactly. Anything is allowed. */
  readonly text: string;
  /** All conversations where it is left out. */
  readonly conversationId?: ConversationId;
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: number;
}
export interface MessageMatches {
  readonly matches: readonly MessageMatch[];
  /** Where to go on, or null at the end. */
  readonly next: number | null;
}
export interface MessageMatch {
  readonly message: MessageView;
  /** What was found in its text. */
  readonly ranges: readonly TextRange[];
}
export interface ExportChoice {
  /** One conversation; null: all of them. */
  readonly conversationId: ConversationId | null;
  /** With the files of messages, which are fetched where they are not here. */
  readonly withMedia: boolean;
}
export interface ExportStart {
  readonly exportId: string;
  /** What `done` counts up to. */
  readonly total: number;
}
export type ExportPart =
  | {
      readonly kind: 'part';
      readonly pieces: readonly Uint8Array[];
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: 'last'; readonly pieces: readonly Uint8Array[] }
  /** It was ended, or whatever made it is no longer there: begin anew. */
  | { readonly kind: 'gone' };
/** Part of a text, in UTF-16 units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}
export interface MessageChanges {
  readonly changed: readonly MessageView[];
  readonly removed: readonly TransactionId[];
}

/** `mutedUntilMs` of what is muted until somebody changes it: the latest time that there is. */
export const alwaysMuted = 8_640_000_000_000_000;

/** Orders from here on belong to messages that wait to be sent. */
export const waitingOrderBase = 2 ** 40;

/** The tick to show on one of one's own messages. */
export function tickOf(
  message: MessageView,
  conversation: Pick<ConversationView, 'deliveredOrder' | 'readOrder'>,
): 'waiting' | 'sent' | 'delivered' | 'read' | 'failed' {
  if (message.state === 'waiting' || message.state === 'failed') return message.state;
  if (message.order <= conversation.readOrder) return 'read';
  return message.order <= conversation.deliveredOrder ? 'delivered' : 'sent';
}
