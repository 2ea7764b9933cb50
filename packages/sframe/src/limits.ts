/** Every bound the package keeps, in one place. */
export const limits = {
  /** A frame, sealed or not, with its metadata, bytes: some ten times a key frame of 4K video. */
  maxFrameBytes: 16 * 1024 * 1024,
  /** Keys that one opener holds at a time. */
  maxKeys: 1024,
  /** Length of a base key, bytes. */
  minBaseKeyBytes: 16,
  maxBaseKeyBytes: 255,
  /** KID and CTR are integers of at most 8 bytes (RFC 9605 §4.3). */
  maxInteger: 2n ** 64n - 1n,
  /**
   * Frames sealed under one key unless the caller says otherwise: 2^32, one and a half years of audio and video. It keeps
   * an attacker's advantage against AES-GCM below 2^-40 where frames are 16 kB on average.
   */
  defaultFramesPerKey: 2n ** 32n,
  /** Counters behind the highest that are still opened, each once, unless the caller says otherwise. */
  defaultReplayWindow: 4096,
  maxReplayWindow: 2 ** 20,
} as const;
