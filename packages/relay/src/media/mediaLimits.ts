import type { Rate } from '../turn/tokenBucket.ts';

/** What the media port gives at most (spec/relay.md §Limits of media). */
export interface MediaLimits {
  /** Checks of ICE from a source, by paths that are no seat's yet; of them most are of one office behind one address. */
  readonly checksPerSource: Rate;
  /** Of one seat, by all its paths. */
  readonly checksPerSeat: Rate;
  readonly handshakesPerSource: Rate;
  /** Under way at one time. */
  readonly handshakes: number;
  readonly handshakeLifetimeMs: number;
}

export const defaultMediaLimits: MediaLimits = {
  checksPerSource: { burst: 1000, perSecond: 200 },
  checksPerSeat: { burst: 200, perSecond: 50 },
  handshakesPerSource: { burst: 100, perSecond: 10 },
  handshakes: 500,
  handshakeLifetimeMs: 10_000,
};
