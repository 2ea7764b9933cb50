import type { AccountId, CallId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import type { AccountView, Outcome, ServerProblem } from './api.ts';

/**
 * Commands about calls of groups (spec/groupCalls.md): part of `SottoApi`. The engine says and reads everything that is said
 * of a call, and gives keys; a page holds the call's media, and shows that it does by watching `groupCallSignals`.
 */
export interface GroupCallsApi {
  /** Begins a call in a group; where one is open already, that one's id. Nobody is in it before `joinGroupCall`. */
  startGroupCall(start: GroupCallStart): Promise<Outcome<{ readonly callId: CallId }, GroupCallProblem>>;
  /** Takes a seat, and tells the others. Repeated with the same `frameKey`, it is the same join. */
  joinGroupCall(join: GroupCallJoin): Promise<Outcome<GroupCallSeat, GroupCallProblem>>;
  /** What the page has to say to the relay (`SeatRequest`, at most 32 kB): its answer (`SeatAnswer`). */
  askCallSeat(callId: CallId, request: Uint8Array): Promise<Outcome<Uint8Array, GroupCallProblem>>;
  /** What this device sends, or wants. Resolves once it is stored, before it has arrived. */
  updateGroupCall(callId: CallId, media: GroupCallMedia): Promise<Outcome<null, GroupCallProblem>>;
  /** One emoji, for all to see for a moment. Repeated with the same id it is one. */
  reactInGroupCall(
    callId: CallId,
    emoji: string,
    reactionId?: TransactionId,
  ): Promise<Outcome<null, GroupCallProblem>>;
  /** For who may: the group's owner and admins, and who began the call (`GroupCallView.mayControl`). */
  controlGroupCall(callId: CallId, control: GroupCallControl): Promise<Outcome<null, GroupCallProblem>>;
  leaveGroupCall(callId: CallId): Promise<void>;
  /** It rings on none of this account's devices any more. */
  declineGroupCall(callId: CallId): Promise<void>;
}

export type GroupCallProblem =
  | { readonly kind: 'unknownConversation' | 'notGroup' | 'notAllowed' | 'ended' }
  /** `inCall`: this account is in another call, here or on another of its devices. */
  | { readonly kind: 'inCall' }
  /** `unknownCall`: over, or this device is not in it. `locked`: nobody new comes in. `removed`: by a host. */
  | { readonly kind: 'unknownCall' | 'locked' | 'removed' }
  /** It has as many as it can. */
  | { readonly kind: 'full' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'tooLarge'; readonly limit: number }
  | ServerProblem;

export interface GroupCallStart {
  readonly conversationId: ConversationId;
  readonly hasVideo: boolean;
  /** Left out: as the group's size says (at most 8 accounts: it rings). Never in groups of more than 32. */
  readonly rings?: boolean;
  /** The call of this device that is to go on there (`movedTo`). */
  readonly movesFrom?: CallId;
}
export interface GroupCallJoin {
  readonly callId: CallId;
  /** X25519 public key (32 bytes) of the worker that seals and opens frames: keys are sealed to it. */
  readonly frameKey: Uint8Array;
  readonly media: GroupCallMedia;
  /** The call of this device that goes on in this one: both may be open until `endCall` or `leaveGroupCall` of that one. */
  readonly movesFrom?: CallId;
}
export interface GroupCallSeat {
  /** 8 bytes in hexadecimal: names this stay at the relay, too. */
  readonly joinId: string;
  /** Of `SeatConnect`, and of `SeatEvent`s: the room's state that the seat was taken in (`GroupCallSignals.roomRevision`). */
  readonly roomRevision: number;
}

/** What one who takes part sends, or wants. */
export interface GroupCallMedia {
  readonly isMuted: boolean;
  readonly hasCamera: boolean;
  readonly isSharing: boolean;
  readonly isHandRaised: boolean;
  /** Only listens and looks: the lines of those who may send are not taken up. */
  readonly isAudience: boolean;
}

export type GroupCallControl =
  /** Asks them to mute themselves; null: everybody else. */
  | { readonly kind: 'askMute'; readonly joinId: string | null }
  /** Takes the hand of one down. */
  | { readonly kind: 'lowerHand'; readonly joinId: string }
  /** Takes an account out of this call; it does not come back to it. */
  | { readonly kind: 'remove'; readonly accountId: AccountId }
  /** Nobody new comes in; who was in it may come back. */
  | { readonly kind: 'lock'; readonly on: boolean }
  | { readonly kind: 'endForAll' }
  /** It goes on in another group's call, which is open there: all who may join it there, and leave here. */
  | { readonly kind: 'move'; readonly conversationId: ConversationId; readonly toCallId: CallId };

/** A call of a group that is open; it leaves the view when it is over. */
export interface GroupCallView {
  readonly callId: CallId;
  readonly conversationId: ConversationId;
  /** Null: this device came later and has not read who. */
  readonly startedBy: AccountView | null;
  /** By this device's clock. */
  readonly startedAtMs: number;
  readonly hasVideo: boolean;
  /** Accounts that are in it, in the order in which they came. */
  readonly people: readonly AccountView[];
  /** It rings here until then, by this device's clock; null: it does not (any more). */
  readonly ringsUntilMs: number | null;
  /** Where this account is in it; null: nowhere. */
  readonly device: 'here' | 'elsewhere' | null;
  /** `here` and held by no page (it was closed): until then this device stays in it, for a new join to take its place; null else. */
  readonly rejoinUntilMs: number | null;
  /** This device's join while it is `here`. */
  readonly joinId: string | null;
  readonly isLocked: boolean;
  /** Not while it is locked, for who was never in it; and not who was removed from it. */
  readonly mayJoin: boolean;
  /** Whether this account has the host tools (`controlGroupCall`). */
  readonly mayControl: boolean;
}

/**
 * What has come for the one who holds the media of a call. Whoever watches it holds the call. `frameKeys` only grows while
 * `joinId` stays; with another one another page has taken the call, and it begins anew.
 */
export interface GroupCallSignals {
  /** This device's own; null before `joinGroupCall`. */
  readonly joinId: string | null;
  /** Its number in the call; null before its join has come back by the log. */
  readonly ordinal: number | null;
  /** Who takes part, by ordinal. */
  readonly participants: readonly GroupCallParticipant[];
  /** Statements for the frame worker, sealed to its `frameKey` (spec/groupCalls.md, "Frame keys"). */
  readonly frameKeys: readonly Uint8Array[];
  /** The latest, oldest first; at most 32. */
  readonly reactions: readonly GroupCallReaction[];
  /** How often a host asked this device to mute. */
  readonly muteAsked: number;
  /** How often a host took this device's hand down. */
  readonly handLowered: number;
  /** The latest event of the relay for this seat (`SeatEvent`); `number` counts them from 1. */
  readonly seatEvent: { readonly number: number; readonly event: Uint8Array } | null;
  /** Of the call's room; a higher one than the seat was taken in: connect anew (`askCallSeat`). Null: the server has none. */
  readonly roomRevision: number | null;
  readonly isLocked: boolean;
  readonly mayControl: boolean;
  /** The call goes on there; it is in `groupCalls` once this device knows of it. */
  readonly movedTo: { readonly callId: CallId } | null;
  readonly ended: GroupCallEnding | null;
}
export interface GroupCallParticipant {
  readonly joinId: string;
  readonly ordinal: number;
  readonly account: AccountView;
  readonly deviceId: DeviceId;
  readonly isSelf: boolean;
  readonly media: GroupCallMedia;
  /** Place in the row of raised hands, from 0; null: not raised. */
  readonly handPlace: number | null;
  /** It has the keys that are in force, and nobody else its seat: what comes of it can be opened, and is of it. */
  readonly hasKeys: boolean;
}
export interface GroupCallReaction {
  readonly id: TransactionId;
  readonly joinId: string;
  readonly emoji: string;
  /** By this device's clock. */
  readonly atMs: number;
}
export type GroupCallEnding =
  /** This device left, or the call is over: by `endForAll`, or because all have left. */
  | { readonly kind: 'left' | 'ended' }
  /** By a host. */
  | { readonly kind: 'removed' }
  /** It was locked before this device's join came. */
  | { readonly kind: 'locked' }
  /** Its seat at the relay was lost, or another page of this device took the call. */
  | { readonly kind: 'lost' | 'replaced' }
  /** Another device of this account joined. */
  | { readonly kind: 'elsewhere' }
  /** The call, or this device's part in it, is not known (any more). */
  | { readonly kind: 'gone' };

/** The one line that a call of a group leaves in its thread. */
export interface GroupCallLineView {
  readonly callId: CallId;
  readonly startedBy: AccountView;
  readonly hasVideo: boolean;
  /** Whether it goes on: it is in `groupCalls`. */
  readonly isOpen: boolean;
  /** Null while it goes on. */
  readonly durationMs: number | null;
  /** Accounts that took part; null while it goes on. */
  readonly peopleCount: number | null;
  /** It rang at this account, which neither took nor declined it, and is over. */
  readonly isMissed: boolean;
}
