/** What calls of two and group calls have alike of what a page sees: devices, quality, what is the matter, what was measured. Types only. */

export interface CallChoice {
  /** Whether the camera is on at first. */
  readonly video: boolean;
  /** Devices by id; absent ones are the browser's choice. Remembered for the next call where it is changed in one. */
  readonly microphoneId?: string;
  readonly cameraId?: string;
  readonly speakerId?: string;
  readonly lowData?: boolean;
  readonly muted?: boolean;
  /** Goes on without a microphone where there is none or it is denied; else the call ends with that. */
  readonly withoutMicrophone?: boolean;
}

export interface LocalMediaState {
  readonly isMuted: boolean;
  /** `pausedForQuality`: on, and not sent until the network is better, so that the sound goes through. */
  readonly camera: 'off' | 'starting' | 'on' | 'pausedForQuality';
  readonly sharing: 'off' | 'on' | 'onWithSound';
  readonly lowData: boolean;
  readonly microphoneId: string | null;
  readonly cameraId: string | null;
  readonly speakerId: string | null;
  /** Which way a telephone's camera looks, where it says so: pictures of `user` are shown mirrored. */
  readonly facing: 'user' | 'environment' | null;
}

/** In steps for a sign and a sentence. `unknown` before there was enough to tell. */
export interface CallQuality {
  readonly step: 'unknown' | 'good' | 'fair' | 'poor';
  /** What is the matter, the worst first; whose side it is where that can be told. */
  readonly causes: readonly QualityCause[];
}

export type QualityCause = 'lossHere' | 'lossThere' | 'delay' | 'jitter' | 'bandwidth' | 'busyMachine';

export type CallRoute = { readonly kind: 'direct' | 'relayed'; readonly protocol: 'udp' | 'tcp' };

/** What is the matter now; gone from the list as soon as it is over. */
export type CallProblemNow =
  | { readonly kind: 'device'; readonly device: DeviceKind; readonly problem: DeviceProblemKind }
  /** A device was unplugged; `replacedBy` is what is used instead, null for nothing. */
  | { readonly kind: 'deviceLost'; readonly device: DeviceKind; readonly replacedBy: string | null }
  /** Shared without its sound, which was asked for and cannot be had. */
  | { readonly kind: 'sharingRefused'; readonly problem: DeviceProblemKind }
  /** Connected for 10 s, and nothing came. */
  | { readonly kind: 'nothingReceived' }
  /** Frames come that cannot be opened. */
  | { readonly kind: 'framesNotOpened' }
  /** Nothing is picked up although it is not muted: a switch at the device, or the wrong device. */
  | { readonly kind: 'microphoneSilent' }
  | { readonly kind: 'playbackBlocked' };

export type DeviceKind = 'microphone' | 'camera' | 'speaker' | 'screen';

export type DeviceProblemKind =
  /** By the user, or by the system for this browser. */
  | 'permissionDenied'
  | 'noDevice'
  /** Another program has it. */
  | 'inUse'
  | 'unavailable';

export interface DeviceList {
  readonly microphones: readonly DeviceEntry[];
  readonly cameras: readonly DeviceEntry[];
  /** Empty where the browser lets nobody choose. */
  readonly speakers: readonly DeviceEntry[];
}

export interface DeviceEntry {
  readonly deviceId: string;
  /** Empty until access was granted. */
  readonly label: string;
}

/** The look at one's own devices before a call. */
export interface DeviceCheck {
  readonly state: DeviceCheckState;
  watch(listener: (state: DeviceCheckState) => void): () => void;
  /** For a `<video>`, muted. Its tracks come once the camera is open. */
  readonly picture: MediaStream;
  /** The microphone's level at this moment, 0 to 1. */
  level(): number;
  chooseMicrophone(deviceId: string): Promise<void>;
  chooseCamera(deviceId: string): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  /** A short sound from the chosen speaker. */
  playTone(speakerId?: string): Promise<void>;
  close(): void;
}

export interface DeviceCheckState {
  readonly microphone: DeviceCheckPart;
  readonly camera: DeviceCheckPart;
}

export type DeviceCheckPart =
  | { readonly kind: 'off' | 'opening' }
  | { readonly kind: 'open'; readonly deviceId: string; readonly label: string }
  | { readonly kind: 'problem'; readonly problem: DeviceProblemKind };

/** Rates are of the last second or so. Null where the browser does not say. */
export interface CallStatistics {
  readonly route: CallRoute | null;
  readonly roundTripMs: number | null;
  /** What the browser thinks can be sent. */
  readonly availableOutgoingBitsPerSecond: number | null;
  readonly sentBitsPerSecond: number;
  readonly receivedBitsPerSecond: number;
  readonly audioSent: SentAudioStatistics | null;
  readonly audioReceived: ReceivedAudioStatistics | null;
  readonly cameraSent: SentVideoStatistics | null;
  readonly cameraReceived: ReceivedVideoStatistics | null;
  readonly screenSent: SentVideoStatistics | null;
  readonly screenReceived: ReceivedVideoStatistics | null;
  /** Of frame encryption, since the call began. */
  readonly frames: FrameStatistics;
  /** Such as `TLS_AES_128_GCM_SHA256` and `AES_CM_128_HMAC_SHA1_80`: of the transport below the frames. */
  readonly transportCipher: string | null;
}

export interface SentAudioStatistics {
  readonly codec: string | null;
  readonly bitsPerSecond: number;
  /** What the other side lost, 0 to 1. */
  readonly lossShare: number | null;
}

export interface ReceivedAudioStatistics {
  readonly codec: string | null;
  readonly bitsPerSecond: number;
  readonly lossShare: number;
  readonly jitterMs: number | null;
  /** Sound that was made up because it did not come in time, 0 to 1. */
  readonly concealedShare: number;
  /** Sum of the sound's energy since the call began. */
  readonly energy: number;
}

export interface SentVideoStatistics {
  readonly codec: string | null;
  readonly bitsPerSecond: number;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly framesEncoded: number;
  readonly lossShare: number | null;
  /** What holds the picture back. */
  readonly limitedBy: 'none' | 'cpu' | 'bandwidth' | 'other';
}

export interface ReceivedVideoStatistics {
  readonly codec: string | null;
  readonly bitsPerSecond: number;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly framesDecoded: number;
  readonly lossShare: number;
  readonly freezes: number;
  readonly jitterMs: number | null;
}

export interface FrameStatistics {
  readonly sealed: number;
  readonly opened: number;
  /** Not sent, because there was no key yet. */
  readonly notSealed: number;
  /** Not played: no key yet, not from who it should be, changed, or repeated. */
  readonly notOpened: number;
}
