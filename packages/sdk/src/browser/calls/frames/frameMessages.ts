/** What the page and the frame worker tell each other. Neither a key nor media is in any of it. */
import type { FrameCodec, OpenFailure, SealFailure } from '@sotto/sframe';

export type ToFrameWorker =
  | {
      readonly kind: 'takeKey';
      readonly request: number;
      readonly callId: Uint8Array;
      readonly sealed: Uint8Array;
    }
  | { readonly kind: 'count'; readonly request: number }
  /** Answered by nothing: it counts for every frame that the transform is given after it. */
  | { readonly kind: 'expect'; readonly transformId: number; readonly ordinal: number | null }
  /** Likewise. */
  | { readonly kind: 'codecs'; readonly transformId: number; readonly codecs: PayloadCodecs };

/** Which codec each payload type of a line is. */
export type PayloadCodecs = ReadonlyMap<number, FrameCodec>;

export type FromFrameWorker =
  /** `frameKey`: the X25519 public key that keys are sealed to; null where the browser has no X25519. */
  | { readonly kind: 'ready'; readonly frameKey: Uint8Array | null }
  /** Every frame of this transform goes through the worker from now on. */
  | { readonly kind: 'inPlace'; readonly id: number }
  | { readonly kind: 'key'; readonly request: number; readonly result: FrameKeyResult }
  | { readonly kind: 'counts'; readonly request: number; readonly counts: readonly FrameCounts[] };

/** The options of a transform. */
export interface FrameTransformOptions {
  readonly id: number;
  readonly direction: 'seals' | 'opens';
  readonly kind: 'audio' | 'video';
  /** The only one of the line. Null: it may have several, which are told (`codecs`). */
  readonly codec: FrameCodec | null;
}

/**
 * `notSealedToThis`: it is for another worker or call, or was changed. `malformed`: not a key, or one for another kind of call.
 * `oldKey`: it is not above those before it, or differs from what was there. `tooMany`: there are as many participants as a call
 * has seats. In each case the keys are as they were.
 */
export type FrameKeyResult = 'taken' | 'notSealedToThis' | 'malformed' | 'oldKey' | 'tooMany';

/**
 * `noKey`: there is no key to seal with. `unknownCodec`: the frame is of a codec without a shape, or it cannot be told of which.
 * `empty`: there is nothing in it; browsers probe a network with such, and it is no failure. `otherSender`: it is of another
 * participant of a group call than the one that was expected there.
 */
export type DropReason = SealFailure | OpenFailure | 'noKey' | 'unknownCodec' | 'empty' | 'otherSender';

/** Of one transform, since it is in place. A frame is either passed, sealed or opened, or it is dropped. */
export interface FrameCounts extends FrameTransformOptions {
  readonly passed: number;
  readonly dropped: number;
  /** Whose frame was opened last, of a group call: what is heard and seen is of this participant. Null before, and else. */
  readonly ordinal: number | null;
  /** The dropped, by reason; those that did not occur are absent. */
  readonly reasons: Readonly<Partial<Record<DropReason, number>>>;
}
