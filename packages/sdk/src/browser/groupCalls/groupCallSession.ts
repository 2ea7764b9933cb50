/**
 * What a page sees of a group call that it takes part in (spec/groupCallMedia.md, "In the page"): one object that is told what to
 * do, a state that is shown, and streams that are played. Nothing here knows a key. Types only; `createGroupCalls` makes one.
 */
import type { AccountView, GroupCallProblem } from '@sotto/client/api';
import type { CallId, ConversationId, DeviceId } from '@sotto/protocol';
import type {
  CallChoice,
  CallProblemNow,
  CallQuality,
  CallRoute,
  CallSession,
  DeviceCheck,
  DeviceList,
  DeviceProblemKind,
  FrameStatistics,
  LocalMediaState,
  ReceivedAudioStatistics,
  ReceivedVideoStatistics,
  SentAudioStatistics,
  SentVideoStatistics,
} from '../calls/callSession.ts';

/**
 * The group calls of this page; there is one at a time, and none beside a call of two. `start`, `join` and `grow` return
 * at once: how it goes is said by the session's state. While one is open, it is that one that they return.
 */
export interface GroupCalls {
  /** Starts a call in a group; where one is open there, joins it. `rings` left out: as the group's size says. */
  start(conversationId: ConversationId, choice: GroupCallStartChoice): GroupCallSession;
  /** A call that this device is in, after a reload or in another tab, too: as a new join, in the place of the old one. */
  join(callId: CallId, choice: GroupCallChoice): GroupCallSession;
  /**
   * A call of two goes on as a group call in `conversationId`, a group with both accounts in it. Devices that are open move
   * over; the call of two ends once this one is connected. Where that fails, it goes on. The other side's page follows by
   * itself (`watchCurrent` tells), as all pages do where a group call moves to another group.
   */
  grow(call: CallSession, conversationId: ConversationId): GroupCallSession;
  /** The session that is open in this page. */
  readonly current: GroupCallSession | null;
  /** Calls `listener` with `current`, and again whenever another session opens or the one ends. */
  watchCurrent(listener: (session: GroupCallSession | null) => void): () => void;
  watchDevices(listener: (devices: DeviceList) => void): () => void;
  /** Before a call: camera picture and microphone level, until it is closed. */
  checkDevices(choice: CallChoice): DeviceCheck;
  /** Whether this browser can encrypt frames and connect at all; without that nothing is offered. */
  readonly canCall: boolean;
}

/**
 * As for calls of two. A microphone that is missing or denied does not end a group call: one listens, and `problems` says why.
 */
export type GroupCallChoice = Omit<CallChoice, 'withoutMicrophone'>;
export interface GroupCallStartChoice extends GroupCallChoice {
  /** Whether it rings at the others' devices, or is only shown in the thread. */
  readonly rings?: boolean;
}

export interface GroupCallSession {
  readonly state: GroupCallState;
  /** Calls `listener` with the present state and each new one; the last one is `ended`. */
  watch(listener: (state: GroupCallState) => void): () => void;
  /** One's own pictures: the same objects through the whole call, whose tracks come and go. */
  readonly local: { readonly camera: MediaStream; readonly screen: MediaStream };
  /**
   * For a `<video>`: the same object for a participant's camera (or screen) through the whole call. It has a track while it
   * is shown (`show`). Sound is played by the session itself.
   */
  streamOf(joinId: JoinId, source: PictureSource): MediaStream;
  /**
   * The pictures that are on the screen now, the whole of them, with the width each takes in device pixels. Only these are
   * sent to this page, none of them larger than is shown; in this order where the network carries less. Call it whenever
   * that changes; repeating it costs nothing. A page that is hidden shows nothing.
   */
  show(wanted: readonly WantedPicture[]): void;

  /** Commands do no harm when they are repeated; after the end they do nothing. What went wrong is in `state.problems`. */
  setMuted(muted: boolean): void;
  /** Turns the camera on or off. Off lets go of the device. */
  setCamera(on: boolean): Promise<void>;
  switchCamera(): Promise<void>;
  chooseMicrophone(deviceId: string): Promise<void>;
  chooseCamera(deviceId: string): Promise<void>;
  chooseSpeaker(deviceId: string): Promise<void>;
  /** Asks the browser, which asks the user what to share: needs a click. Resolves once it is shared, or is not. */
  shareScreen(): Promise<void>;
  stopSharing(): void;
  setLowData(on: boolean): void;
  raiseHand(raised: boolean): void;
  /** One emoji, which everybody sees for a moment. */
  react(emoji: string): void;
  /** Playing was refused because nobody had clicked yet: again, in a click. */
  resumePlayback(): Promise<void>;

  /** Host tools: for those whom the group's policy lets (`state.mayControl`). */
  /** Asks a participant to mute (null: everybody but oneself); nobody is muted against their will. */
  askMute(joinId: JoinId | null): void;
  lowerHand(joinId: JoinId): void;
  /** The account of this participant is out of the call, for good; it stays a member of the group. */
  remove(joinId: JoinId): void;
  /** While it is locked nobody new comes in. */
  setLocked(locked: boolean): void;
  endForAll(): void;
  /** The asking to mute was answered, or seen: `state.muteAsked` is over. */
  dismissMuteAsked(): void;

  statistics(): Promise<GroupCallStatistics | null>;
  /** How loud everybody is at this moment, 0 to 1, oneself among them. */
  levels(): ReadonlyMap<JoinId, number>;
  /** The others go on. Everything is let go of at once. */
  leave(): void;
}

/** Names one stay of one device in a call: 8 bytes in hexadecimal. */
export type JoinId = string;
export type PictureSource = 'camera' | 'screen';

export interface WantedPicture {
  readonly joinId: JoinId;
  readonly source: PictureSource;
  /** Of the element, in device pixels. */
  readonly widthPx: number;
}

export interface GroupCallState {
  readonly phase: GroupCallPhase;
  /** Null until the engine has said it. */
  readonly callId: CallId | null;
  readonly conversationId: ConversationId | null;
  /** One's own; null before one has joined. Another one where the device was taken for lost. */
  readonly joinId: JoinId | null;
  /** When this device was first connected, by its clock. */
  readonly connectedAtMs: number | null;
  readonly local: GroupLocalState;
  /** In the order in which they joined, oneself among them. */
  readonly participants: readonly GroupParticipant[];
  /** Who speaks or spoke last, the latest first; oneself not among them. At most 8. */
  readonly speakers: readonly JoinId[];
  /** In the order in which they were raised. */
  readonly hands: readonly JoinId[];
  /** Of the last seconds. */
  readonly reactions: readonly GroupReaction[];
  readonly isLocked: boolean;
  /** Whether this account may ask to mute, remove, lock and end for all. */
  readonly mayControl: boolean;
  /** Somebody who may asks this device to mute; until it is muted, or `dismissMuteAsked`. */
  readonly muteAsked: boolean;
  readonly quality: CallQuality;
  /** How this device and the relay are connected; null while they are not. */
  readonly route: CallRoute | null;
  readonly problems: readonly CallProblemNow[];
}

export type GroupCallPhase =
  /** Devices are opened; nobody was told. */
  | { readonly kind: 'preparing' }
  /** Told, and not connected to the relay. */
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** It was connected and is not; the way is looked for again. */
  | { readonly kind: 'reconnecting'; readonly sinceMs: number }
  | { readonly kind: 'ended'; readonly ending: GroupCallEnding };

export type GroupCallEnding =
  /** By this device's user; the others may go on. */
  | { readonly kind: 'left' }
  /** For all: by a host, or as everybody else has left. */
  | { readonly kind: 'over' }
  /** Out of the call by a host, or out of the group. */
  | { readonly kind: 'removed' }
  | { readonly kind: 'locked' }
  /** This device went on with the call in another tab, or another device of this account did. */
  | { readonly kind: 'movedElsewhere' }
  /** It goes on in another group's call, whose session is `current` now. */
  | { readonly kind: 'movedOn' }
  /** No way to a relay was found at all. */
  | { readonly kind: 'notConnected' }
  /** The way was lost, and not found again. */
  | { readonly kind: 'connectionLost' }
  /** What came is not what calls are made of, or keys are not those that were agreed on. */
  | { readonly kind: 'insecure' }
  /** The browser cannot encrypt frames, or cannot connect. */
  | { readonly kind: 'unsupported' }
  /** The engine's word. */
  | { readonly kind: 'refused'; readonly problem: GroupCallProblem };

export interface GroupLocalState extends LocalMediaState {
  readonly isHandRaised: boolean;
  /** Why there is no microphone; null where there is one. */
  readonly microphoneProblem: DeviceProblemKind | null;
  /** As many send as the call can carry: this one hears and sees, and is not heard until somebody has left. */
  readonly isSendingRefused: boolean;
}

export interface GroupParticipant {
  readonly joinId: JoinId;
  readonly account: AccountView;
  readonly deviceId: DeviceId;
  readonly isSelf: boolean;
  readonly isMuted: boolean;
  readonly hasCamera: boolean;
  readonly isSharing: boolean;
  readonly isHandRaised: boolean;
  readonly isSpeaking: boolean;
  /** Whether this page has the keys to hear and see them; until then they are shown as joining. */
  readonly hasKeys: boolean;
  readonly camera: ReceivedPicture;
  readonly screen: ReceivedPicture;
}

/**
 * `off`: nothing is sent, or it is not shown. `waiting`: it was asked for. `shown`: it plays. `paused`: what the network carries
 * is needed for sound, or for pictures that were wanted more.
 */
export type ReceivedPicture = 'off' | 'waiting' | 'shown' | 'paused';

export interface GroupReaction {
  /** Different for each. */
  readonly id: string;
  readonly joinId: JoinId;
  readonly emoji: string;
}

/** Rates are of the last second or so. Null where the browser does not say. */
export interface GroupCallStatistics {
  readonly route: CallRoute | null;
  readonly roundTripMs: number | null;
  readonly availableOutgoingBitsPerSecond: number | null;
  readonly sentBitsPerSecond: number;
  readonly receivedBitsPerSecond: number;
  readonly audioSent: SentAudioStatistics | null;
  /** Layers that are sent, the smallest first. */
  readonly cameraSent: readonly SentVideoStatistics[];
  readonly screenSent: SentVideoStatistics | null;
  readonly received: readonly ReceivedStatistics[];
  readonly frames: FrameStatistics;
  readonly transportCipher: string | null;
}
/** Of one participant; null for what does not come. */
export interface ReceivedStatistics {
  readonly joinId: JoinId;
  readonly audio: ReceivedAudioStatistics | null;
  readonly camera: ReceivedVideoStatistics | null;
  readonly screen: ReceivedVideoStatistics | null;
}
