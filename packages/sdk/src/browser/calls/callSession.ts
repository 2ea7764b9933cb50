/**
 * What a page sees of a call that it takes part in (spec/callMedia.md, "In the page"): one object that is told what to do, a
 * state that is shown, and streams that are played. Nothing here knows a key. Types only; `createCalls` makes one.
 */
import type { CallProblem } from '@sotto/client/api';
import type { CallId, ConversationId } from '@sotto/protocol';
import type {
  CallChoice,
  CallProblemNow,
  CallQuality,
  CallRoute,
  CallStatistics,
  DeviceCheck,
  DeviceList,
  DeviceProblemKind,
  LocalMediaState,
} from '../callMedia/mediaTypes.ts';

export type * from '../callMedia/mediaTypes.ts';

/**
 * The calls of this page; there is one at a time. `start`, `answer` and `rejoin` return at once: how it goes is said by the
 * session's state, and what ends it by `CallEnding`. While one is open, it is that one that they return.
 */
export interface Calls {
  start(conversationId: ConversationId, choice: CallChoice): CallSession;
  /** Answers a call that rings here. */
  answer(callId: CallId, choice: CallChoice): CallSession;
  /** Back into a call that this device was in, after a reload or in another tab. */
  rejoin(callId: CallId, choice: CallChoice): CallSession;
  /** The session that is open in this page. */
  readonly current: CallSession | null;
  /** Calls `listener` with `current`, and again whenever another session opens or the one ends. */
  watchCurrent(listener: (session: CallSession | null) => void): () => void;
  /** The devices of this machine, and whenever one comes or goes. They have names only once access was granted. */
  watchDevices(listener: (devices: DeviceList) => void): () => void;
  /** Before a call: camera picture and microphone level, until it is closed. */
  checkDevices(choice: CallChoice): DeviceCheck;
  /** Whether this browser can encrypt frames and connect at all; without that nothing is offered. */
  readonly canCall: boolean;
}

export interface CallSession {
  readonly state: CallState;
  /** Calls `listener` with the present state and each new one; the last one is `ended`. */
  watch(listener: (state: CallState) => void): () => void;
  /**
   * The same objects through the whole call, whose tracks come and go with `state`. The other side's sound is played by the
   * session itself; pages play pictures only.
   */
  readonly streams: CallStreams;

  /** Commands do no harm when they are repeated; after the end they do nothing. What went wrong is in `state.problems`. */
  setMuted(muted: boolean): void;
  /** Turns the camera on or off. Off lets go of the device. In a voice call, on is `offerVideo`. */
  setCamera(on: boolean): Promise<void>;
  /** The next camera: on telephones the other side of the device. */
  switchCamera(): Promise<void>;
  chooseMicrophone(deviceId: string): Promise<void>;
  chooseCamera(deviceId: string): Promise<void>;
  chooseSpeaker(deviceId: string): Promise<void>;
  /** Asks the browser, which asks the user what to share: needs a click. Resolves once it is shared, or is not. */
  shareScreen(): Promise<void>;
  stopSharing(): void;
  /** Asks the other side for video in a voice call; one's own camera is on once it agreed. */
  offerVideo(): Promise<void>;
  acceptVideo(): Promise<void>;
  declineVideo(): void;
  setLowData(on: boolean): void;
  /** Playing was refused because nobody had clicked yet: again, in a click. */
  resumePlayback(): Promise<void>;
  /** What the browser measured, for a panel. Null before there is anything. */
  statistics(): Promise<CallStatistics | null>;
  /** How loud each side is at this moment, 0 to 1. */
  levels(): CallLevels;
  /** Hangs up (or cancels). Everything is let go of at once, and the other side is told. */
  end(): void;
}

export interface CallStreams {
  readonly localCamera: MediaStream;
  readonly localScreen: MediaStream;
  readonly remoteCamera: MediaStream;
  readonly remoteScreen: MediaStream;
}

export interface CallState {
  readonly phase: CallPhase;
  /** Null until the engine has said it. */
  readonly callId: CallId | null;
  readonly conversationId: ConversationId | null;
  readonly role: 'caller' | 'answerer';
  /** When both were first connected, by this machine's clock. */
  readonly connectedAtMs: number | null;
  readonly local: LocalMediaState;
  readonly remote: RemoteMediaState;
  /** With pictures, from the start or by consent; whose camera is on is in `local` and `remote`. */
  readonly hasVideo: boolean;
  readonly videoRequest: VideoRequest;
  readonly quality: CallQuality;
  /** The digits to read aloud: six, once there are keys. */
  readonly code: string | null;
  /** How it is connected; null while it is not. */
  readonly route: CallRoute | null;
  readonly problems: readonly CallProblemNow[];
}

export type CallPhase =
  /** Devices are opened, addresses gathered; nobody was told of the call yet. */
  | { readonly kind: 'preparing' }
  /** The caller's: the other side is rung. */
  | { readonly kind: 'ringing' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** It was connected and is not: the way is looked for again, for at most 30 s. */
  | { readonly kind: 'reconnecting'; readonly sinceMs: number }
  | { readonly kind: 'ended'; readonly ending: CallEnding };

export type CallEnding =
  /** By this device's user. */
  | { readonly kind: 'hungUp' }
  | { readonly kind: 'hungUpByOther' }
  | { readonly kind: 'declined' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'noAnswer' }
  /** The caller gave up before this device answered. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'answeredElsewhere' }
  /** This device went on with the call in another tab. */
  | { readonly kind: 'movedElsewhere' }
  /** No way between the two was found at all. */
  | { readonly kind: 'notConnected' }
  /** The way was lost, and not found again. */
  | { readonly kind: 'connectionLost' }
  /** A device or an account is not part of the conversation any more. */
  | { readonly kind: 'removed' }
  /** What the other side sent is not what calls are made of, or its keys are not those that were signed. */
  | { readonly kind: 'insecure' }
  /** No microphone that can be used. */
  | { readonly kind: 'noMicrophone'; readonly problem: DeviceProblemKind }
  /** The browser cannot encrypt frames, or cannot connect. */
  | { readonly kind: 'unsupported' }
  /** The engine's word. */
  | { readonly kind: 'refused'; readonly problem: CallProblem };

export interface RemoteMediaState {
  readonly isMuted: boolean;
  readonly hasCamera: boolean;
  readonly isSharing: boolean;
  readonly lowData: boolean;
}

export type VideoRequest = 'none' | 'asked' | 'askedByOther' | 'declined';

export interface CallLevels {
  readonly local: number;
  readonly remote: number;
}
