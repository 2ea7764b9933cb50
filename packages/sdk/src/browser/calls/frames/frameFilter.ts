/** One transform: each frame is sealed (or opened) and passed, or it is dropped and counted. Nothing passes as it came. */
import { type FrameCodec, readFrameCodec } from '@sotto/sframe';
import type { FrameKeyring } from './frameKeyring.ts';
import type { DropReason, FrameCounts, FrameTransformOptions, PayloadCodecs } from './frameMessages.ts';

/** What is used of RTCEncodedAudioFrame and RTCEncodedVideoFrame. */
export interface EncodedFrame {
  data: ArrayBuffer;
  /** Of video. */
  readonly type?: 'key' | 'delta' | 'empty';
  getMetadata(): { readonly mimeType?: string; readonly payloadType?: number };
}

/** Asks for a key frame: of the encoder here where it seals, of the sender where it opens. */
export type WantKeyFrame = () => void;

const keyFrameIntervalMs = 500;

export class FrameFilter {
  readonly options: FrameTransformOptions;
  readonly #keyring: FrameKeyring;
  readonly #wantKeyFrame: WantKeyFrame;
  #passed = 0;
  #dropped = 0;
  readonly #reasons: Partial<Record<DropReason, number>> = {};
  /** Video after a gap: until the next key frame its pictures lack what they refer to. */
  #lacksKeyFrame = false;
  #wantedAtMs = Number.NEGATIVE_INFINITY;
  #ordinal: number | null = null;
  #expected: number | null = null;
  #codecs: PayloadCodecs = new Map();
  /** All that were ever told of this line. */
  readonly #toldCodecs = new Set<FrameCodec>();

  constructor(options: FrameTransformOptions, keyring: FrameKeyring, wantKeyFrame: WantKeyFrame) {
    this.options = options;
    this.#keyring = keyring;
    this.#wantKeyFrame = wantKeyFrame;
  }

  get counts(): FrameCounts {
    return {
      ...this.options,
      passed: this.#passed,
      dropped: this.#dropped,
      reasons: { ...this.#reasons },
      ordinal: this.#ordinal,
    };
  }

  /** Only this participant's frames are opened from now on; null: anyone's. */
  expect(ordinal: number | null): void {
    this.#expected = ordinal;
  }

  /** What payload types are from now on, on a line that may have several codecs. */
  tellCodecs(codecs: PayloadCodecs): void {
    this.#codecs = codecs;
    for (const codec of codecs.values()) this.#toldCodecs.add(codec);
  }

  /** Whether the frame goes on; then its data is what was sealed, or opened. */
  async take(frame: EncodedFrame): Promise<boolean> {
    const result = await this.#process(frame);
    if (typeof result === 'string') {
      this.#dropped++;
      this.#reasons[result] = (this.#reasons[result] ?? 0) + 1;
      // One that came twice, or holds nothing, leaves no gap.
      if (result !== 'replayed' && result !== 'empty') this.#lacksKeyFrame = this.options.kind === 'video';
      return false;
    }
    frame.data = result;
    this.#passed++;
    if (this.#lacksKeyFrame) this.#ask(frame);
    return true;
  }

  async #process(frame: EncodedFrame): Promise<ArrayBuffer | DropReason> {
    const data = new Uint8Array(frame.data);
    if (data.length === 0) return 'empty';
    const codec = this.#codecOf(frame);
    if (codec === null) return 'unknownCodec';
    if (this.options.direction === 'seals') {
      const { sealer } = this.#keyring;
      if (sealer === null) return 'noKey';
      const result = await sealer.sealMedia(codec, data);
      return result.kind === 'failed' ? result.reason : result.frame.buffer;
    }
    const result = await this.#keyring.open(codec, data, this.#expected);
    if (result.kind === 'failed') return result.reason;
    this.#ordinal = this.#keyring.ordinalOf(result.kid);
    return result.frame.buffer;
  }

  /**
   * As the browser says of this frame: negotiation may change it in mid-call. Else as the page said of the line, or of the
   * payload type. Of a browser that names neither, frames pass as long as one codec alone was ever agreed on: those of one before
   * may still come, and in the shape of another they would be partly clear.
   */
  #codecOf(frame: EncodedFrame): FrameCodec | null {
    const { mimeType, payloadType } = frame.getMetadata();
    if (mimeType !== undefined) return readFrameCodec(mimeType);
    if (this.options.codec !== null) return this.options.codec;
    if (payloadType !== undefined) return this.#codecs.get(payloadType) ?? null;
    const [codec, ...others] = this.#toldCodecs;
    return others.length === 0 ? (codec ?? null) : null;
  }

  #ask({ type }: EncodedFrame): void {
    if (type === 'key') {
      this.#lacksKeyFrame = false;
      return;
    }
    const nowMs = performance.now();
    if (nowMs - this.#wantedAtMs < keyFrameIntervalMs) return;
    this.#wantedAtMs = nowMs;
    this.#wantKeyFrame();
  }
}
