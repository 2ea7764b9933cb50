import type { CallId, ConversationId, TransactionId } from '@sotto/protocol';
import type { AccountView, Outcome, ServerProblem } from './api.ts';

/**
 * Commands about calls between two people (spec/calls.md): part of `SottoApi`. The engine rings, orders and gives keys; a
 * page holds the call's media, and shows that it does by watching `callSignals`.
 */
export interface CallsApi {
  /** A fresh call id and the servers to reach the other side by. Nothing is told to anybody. */
  prepareCall(conversationId: ConversationId): Promise<Outcome<CallSetup, CallProblem>>;
  /** Rings at the other account's devices. */
  startCall(start: CallStart): Promise<Outcome<null, CallProblem>>;
  /** What this device needs to answer a call that rings. */
  openCall(callId: CallId): Promise<Outcome<OpenedCall, CallProblem>>;
  /** Takes the call here. Another device may have been first: `CallSignals.ended` says so. */
  answerCall(start: CallStart): Promise<Outcome<null, CallProblem>>;
  /** For all devices of this account. */
  declineCall(callId: CallId): Promise<void>;
  /** Hangs up, or takes back what rings. `failed`: no connection ever came about. */
  endCall(callId: CallId, reason?: 'failed'): Promise<void>;
  /** What this device needs to come back to a call that it is in, after its page was closed. */
  rejoinCall(callId: CallId): Promise<Outcome<CallSetup, CallProblem>>;
  /** Comes back to it with a connection of its own (`description` is an offer). Whoever held it here holds it no longer. */
  resumeCall(start: CallStart): Promise<Outcome<null, CallProblem>>;
  /**
   * Tells the other device. In the order of the calls; resolves once it is stored, before it has arrived. A caller that may
   * have to repeat the command chooses `updateId`: what was told under it is not told again.
   */
  updateCall(
    callId: CallId,
    update: CallUpdate,
    updateId?: TransactionId,
  ): Promise<Outcome<null, CallProblem>>;
  /** Servers with fresh credentials, for a call that goes on. */
  readCallServers(callId: CallId): Promise<Outcome<readonly CallServer[], CallProblem>>;
  /**
   * Whether calls of this account never go directly from device to device, so that nobody learns its address. Else that is
   * so with accounts that this one has never written to, where the server has a relay.
   */
  setAlwaysRelay(on: boolean): Promise<void>;
  readAlwaysRelay(): Promise<boolean>;
  /**
   * Whether calls of the other account of a direct conversation ring on none of this account's devices. Nobody is told: who
   * calls gets no answer. Own calls are as before. `ConversationDetailsView.callsBlocked` shows it.
   */
  blockCalls(conversationId: ConversationId, blocked: boolean): Promise<void>;
}

export type CallProblem =
  /** `peerReplaced`, `notAllowed`: as for messages. `notDirect`: a group, or notes to oneself. */
  | { readonly kind: 'unknownConversation' | 'notDirect' | 'peerReplaced' | 'notAllowed' | 'ended' }
  /** `inCall`: this account is in a call, here or on another of its devices. */
  | { readonly kind: 'inCall' }
  /** `unknownCall`: over, or never known here. `answeredElsewhere`: another device of this account was first. */
  | { readonly kind: 'unknownCall' | 'answeredElsewhere' }
  /** A description that is none, has no (or more than one) SHA-256 fingerprint, or another one than before in this join. */
  | { readonly kind: 'malformedDescription' }
  | { readonly kind: 'tooLarge' | 'tooManyUpdates'; readonly limit: number }
  | ServerProblem;

/** As in `RTCIceServer`. */
export interface CallServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}
export interface CallSetup {
  readonly callId: CallId;
  /** Whether this account began it: of two who offer at once, the caller's offer goes. */
  readonly isCaller: boolean;
  readonly hasVideo: boolean;
  readonly servers: readonly CallServer[];
  /** Only relayed candidates are used and told (`iceTransportPolicy`). */
  readonly isRelayOnly: boolean;
  /** The other device's present join, for `CallUpdate.join`. */
  readonly remoteJoin: number;
}
export interface OpenedCall extends CallSetup {
  /** SDP. */
  readonly offer: string;
}
export interface CallStart {
  readonly callId: CallId;
  readonly hasVideo: boolean;
  /** SDP: an offer for `startCall` and `resumeCall`, an answer for `answerCall`. At most 16 kB. */
  readonly description: string;
  /** X25519 public key (32 bytes) of the worker that seals and opens frames: keys are sealed to it. */
  readonly frameKey: Uint8Array;
}

export interface CallDescription {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}
/** As in `RTCIceCandidateInit`. */
export interface CallCandidate {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
}
/** What the one who tells it sends. */
export interface CallMediaState {
  readonly isMuted: boolean;
  readonly hasCamera: boolean;
  readonly isSharing: boolean;
  /** Asks the other side to send little. */
  readonly isLowData: boolean;
}
/** Everything but `join` may be left out. */
export interface CallUpdate {
  /** The other device's join that it is meant for: of the `RemoteUpdate` that it answers, or `CallSetup.remoteJoin`. */
  readonly join: number;
  readonly description?: CallDescription;
  /** At most 16 at a time. */
  readonly candidates?: readonly CallCandidate[];
  readonly media?: CallMediaState;
  /** A voice call becomes one with video by consent. */
  readonly video?: 'asked' | 'accepted' | 'declined';
  readonly movedTo?: GroupCallPlace;
}
/** A call of a group: where one goes on. */
export interface GroupCallPlace {
  readonly conversationId: ConversationId;
  readonly callId: CallId;
}

/** A call that rings or goes on; it leaves the view when it is over. */
export interface CallView {
  readonly callId: CallId;
  readonly conversationId: ConversationId;
  readonly peer: AccountView;
  readonly isIncoming: boolean;
  /** As it began, or as it was upgraded to. */
  readonly hasVideo: boolean;
  readonly phase: 'ringing' | 'ongoing';
  /** Where this account is in it; null: it rings, and no device has taken it. */
  readonly device: 'here' | 'elsewhere' | null;
  /** By this device's clock; while it rings. */
  readonly ringsUntilMs: number;
  /** By this device's clock; null while it rings. */
  readonly answeredAtMs: number | null;
  /** `here` and held by no page (it was closed): until then `rejoinCall` takes it up; null else. */
  readonly rejoinUntilMs: number | null;
}

/**
 * What has come for the one who holds the media of a call. Whoever watches it holds the call. The lists only grow while
 * `join` stays; with a higher one another page has taken the call (`resumeCall`), and they begin anew.
 */
export interface CallSignals {
  /** This device's own join, from 0. */
  readonly join: number;
  /** What the other device told, in order. For the caller, the first with a description is the answer. */
  readonly updates: readonly RemoteUpdate[];
  /** Keys for the frame worker, sealed to its `frameKey` (spec/calls.md, "Frame keys"). */
  readonly frameKeys: readonly Uint8Array[];
  /** Six digits that are the same on both sides, or null while the other side's secret is not here. */
  readonly code: string | null;
  readonly ended: CallEnding | null;
}
export interface RemoteUpdate {
  /** The other device's join, from 0. A higher one than before: it came back, and its connection is a new one. */
  readonly join: number;
  readonly description: CallDescription | null;
  readonly candidates: readonly CallCandidate[];
  readonly media: CallMediaState | null;
  readonly video: 'asked' | 'accepted' | 'declined' | null;
  /** It goes on as a call of this group: `joinGroupCall` with `movesFrom`, once `groupCalls` has it. */
  readonly movedTo?: GroupCallPlace;
}
export type CallEnding =
  | { readonly kind: CallOutcome }
  /** Another device of this account has it. */
  | { readonly kind: 'answeredElsewhere' }
  /** Both called each other at once, and the other's call is the one: answer it (`openCall`, `answerCall`) without asking. */
  | { readonly kind: 'joinOther'; readonly callId: CallId }
  /** One of the two devices, or an account, is not in the conversation any more. */
  | { readonly kind: 'removed' }
  /** The call, or this device's part in it, is not known (any more). */
  | { readonly kind: 'gone' };

/**
 * How a call ended. `unanswered`: nobody took it in time. `cancelled`: the caller took it back. `failed`: it was answered or
 * tried, and no connection came about, or one side was lost.
 */
export type CallOutcome = 'answered' | 'unanswered' | 'cancelled' | 'declined' | 'busy' | 'failed';

/** The one line that a call leaves in the thread. */
export interface CallLineView {
  readonly callId: CallId;
  readonly isIncoming: boolean;
  readonly hasVideo: boolean;
  readonly outcome: 'ringing' | 'ongoing' | CallOutcome;
  /** Incoming, and this account neither took nor declined it. */
  readonly isMissed: boolean;
  /** How long both talked; null where they did not (or still do). */
  readonly durationMs: number | null;
}
