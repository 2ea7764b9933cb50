/** Notices what a call lacks although it is connected (spec/callMedia.md, "What is the matter"). */
import type { FrameStatistics } from './mediaTypes.ts';

const patienceMs = 10_000;

interface MediaLack {
  readonly isNothingReceived: boolean;
  readonly areFramesNotOpened: boolean;
  readonly isMicrophoneSilent: boolean;
}

/** One reading. */
interface MediaReading {
  readonly packetsReceived: number;
  readonly microphoneEnergy: number | null;
  readonly statistics: { readonly frames: FrameStatistics };
}

export interface MediaWatch {
  feed(
    sample: MediaReading,
    now: { readonly nowMs: number; readonly isMuted: boolean; readonly isRemoteMuted: boolean },
  ): MediaLack;
}

export function createMediaWatch(): MediaWatch {
  let before: MediaReading | null = null;
  let hasHeard = false;
  const received = createPatience();
  const opened = createPatience();
  const heard = createPatience();
  return {
    feed(sample, { nowMs, isMuted, isRemoteMuted }) {
      const { packetsReceived, microphoneEnergy, statistics } = sample;
      const { frames } = statistics;
      const earlier = before ?? sample;
      const isCounting = packetsReceived < earlier.packetsReceived;
      const came = isCounting || packetsReceived > earlier.packetsReceived;
      const openedSome = frames.opened > earlier.statistics.frames.opened;
      const refusedSome = frames.notOpened > earlier.statistics.frames.notOpened;
      // A quiet room is silent too: what counts is whether anything was picked up since it was turned on.
      const isOtherSource = (microphoneEnergy ?? 0) < (earlier.microphoneEnergy ?? 0);
      if (isMuted || isOtherSource) hasHeard = false;
      else hasHeard ||= microphoneEnergy !== earlier.microphoneEnergy;
      before = sample;
      return {
        isNothingReceived: received.isOver(nowMs, came || isRemoteMuted),
        areFramesNotOpened: opened.isOver(nowMs, openedSome || !refusedSome),
        isMicrophoneSilent: heard.isOver(nowMs, hasHeard || isMuted || microphoneEnergy === null),
      };
    },
  };
}

/** Says so once something has not been well for 10 s without a break. */
function createPatience(): { isOver(nowMs: number, isWell: boolean): boolean } {
  let sinceMs: number | null = null;
  return {
    isOver(nowMs, isWell) {
      if (isWell) sinceMs = null;
      else sinceMs ??= nowMs;
      return sinceMs !== null && nowMs - sinceMs >= patienceMs;
    },
  };
}
