/** What comes of sealing and opening a frame. Expected failures are values; the lists are closed. */

export type SealFailure =
  /** All counters of this key are used up: the frame is not sent, and the sender needs another key. */
  | 'exhausted'
  | 'tooLarge'
  /** Not a frame of the codec it is said to be of (`sealMedia`). */
  | 'malformed';

export type OpenFailure =
  /** Too short, no header in it, or not a frame of the codec it is said to be of (`openMedia`). */
  | 'malformed'
  | 'tooLarge'
  /** No key with this KID, or one that was removed while the frame was being opened. */
  | 'unknownKey'
  /** A frame with this counter was opened before. */
  | 'replayed'
  /** So far behind the highest counter that nobody can say whether it was opened before. */
  | 'tooOld'
  /** Another key, or changed on its way. */
  | 'notAuthentic';

export interface SealedFrame {
  readonly kind: 'sealed';
  readonly frame: Uint8Array<ArrayBuffer>;
}
export interface OpenedFrame {
  readonly kind: 'opened';
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly kid: bigint;
  readonly counter: bigint;
}
export interface Failed<Reason extends string> {
  readonly kind: 'failed';
  readonly reason: Reason;
}

export type SealResult = SealedFrame | Failed<SealFailure>;
export type OpenResult = OpenedFrame | Failed<OpenFailure>;

export function failed<Reason extends string>(reason: Reason): Failed<Reason> {
  return { kind: 'failed', reason };
}
