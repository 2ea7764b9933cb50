/** What a call in Node says of itself. */
import type { CallEnding, CallMediaState } from '@sotto/client';
import type { ReceivedCounts } from './mediaEar.ts';
import type { MediaKind, MediaRoute } from './mediaPeer.ts';
import type { PictureSize } from './vp8Payload.ts';

export type NodeCallPhase =
  /** The caller's: nobody has answered. */
  | { readonly kind: 'ringing' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** It was connected and is not: a way is looked for again, for at most 30 s. */
  | { readonly kind: 'reconnecting' }
  | { readonly kind: 'ended'; readonly ending: CallEnding };

export interface NodeCallState {
  readonly phase: NodeCallPhase;
  /** When both were first connected, by this machine's clock. */
  readonly connectedAtMs: number | null;
  /** Six digits that are the same on both sides, once there are keys. */
  readonly code: string | null;
  readonly isMuted: boolean;
  readonly hasVideo: boolean;
  /** What the other side says that it sends; null while it said nothing. */
  readonly remote: CallMediaState | null;
}

export interface NodeCallStatistics {
  /** How it is connected; null while it is not. */
  readonly route: MediaRoute | null;
  /** Frames since the call began. */
  readonly sent: Readonly<Record<MediaKind, number>>;
  readonly received: Readonly<Record<MediaKind, ReceivedCounts>>;
  /** Frequency, in hertz, of a pure tone that is heard; null for silence and for anything else. */
  readonly toneHz: number | null;
  /** Of the last whole picture that came. */
  readonly pictureSize: PictureSize | null;
  /** When something that opened came last, by this machine's clock. */
  readonly heardAtMs: number | null;
}
