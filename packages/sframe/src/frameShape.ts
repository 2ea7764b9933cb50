/**
 * What of an encoded frame stays clear, by codec. Browsers split a sealed frame into packets and put it together again, and
 * look into it to do so: into the first byte of VP8 for whether it is a key frame, and into the ten bytes of a key frame's
 * header for the picture's size (RFC 6386 §9.1). Those bytes are authenticated as metadata. Nothing of Opus and VP9 is
 * needed: what VP9 needs is in its payload descriptor.
 */

/** The codecs whose shape is known. Others are refused: H.264 and AV1 need their own framing. */
export const frameCodecs = ['opus', 'vp8', 'vp9'] as const;
export type FrameCodec = (typeof frameCodecs)[number];

const noBytes = 0;
const vp8DeltaBytes = 1;
const vp8KeyBytes = 10;

/** From a MIME type as WebRTC writes it (`video/VP8`), in any case; null for a codec that is not known. */
export function readFrameCodec(mimeType: string): FrameCodec | null {
  const name = mimeType.slice(mimeType.indexOf('/') + 1).toLowerCase();
  return frameCodecs.find((codec) => codec === name) ?? null;
}

/** Bytes at the beginning of `frame` (sealed or not) that are clear; null where it is no frame of this codec. */
export function clearBytes(codec: FrameCodec, frame: Uint8Array): number | null {
  switch (codec) {
    case 'opus':
    case 'vp9':
      return noBytes;
    case 'vp8': {
      const first = frame[0];
      if (first === undefined) return null;
      // The first bit of VP8's frame tag is 0 in key frames.
      const size = (first & 1) === 0 ? vp8KeyBytes : vp8DeltaBytes;
      return frame.length < size ? null : size;
    }
  }
}
