/**
 * Holds the camera back while the network carries little more than the voice (spec/callMedia.md, "Quality"), and lets it go
 * again after a while, later each time it did not last.
 */
import type { CallStatistics } from './mediaTypes.ts';

const tooLittleBitsPerSecond = 70_000;
const tooMuchLoss = 0.3;
/** Readings, one each second, in a row. */
const badReadings = 4;
const firstPauseMs = 10_000;
const longestPauseMs = 80_000;
/** Going on for so long, it was over. */
const lastedMs = 30_000;

export interface CameraGate {
  readonly isPaused: boolean;
  /** Takes one reading in; whether the camera is to be held back from now on. */
  feed(statistics: CallStatistics, nowMs: number): boolean;
}

export function createCameraGate(): CameraGate {
  let bad = 0;
  let pauseMs = firstPauseMs;
  let pausedUntilMs: number | null = null;
  let openedAtMs = Number.NEGATIVE_INFINITY;
  return {
    get isPaused() {
      return pausedUntilMs !== null;
    },
    feed(statistics, nowMs) {
      if (pausedUntilMs !== null) {
        if (nowMs < pausedUntilMs) return true;
        pausedUntilMs = null;
        openedAtMs = nowMs;
        bad = 0;
        return false;
      }
      bad = isBad(statistics) ? bad + 1 : 0;
      if (bad < badReadings) return false;
      pauseMs = nowMs - openedAtMs < lastedMs ? Math.min(pauseMs * 2, longestPauseMs) : firstPauseMs;
      pausedUntilMs = nowMs + pauseMs;
      return true;
    },
  };
}

function isBad({ cameraSent, audioSent, availableOutgoingBitsPerSecond }: CallStatistics): boolean {
  if (cameraSent === null || cameraSent.framesPerSecond === 0) return false;
  const isNarrow =
    availableOutgoingBitsPerSecond !== null && availableOutgoingBitsPerSecond < tooLittleBitsPerSecond;
  return isNarrow || Math.max(cameraSent.lossShare ?? 0, audioSent?.lossShare ?? 0) > tooMuchLoss;
}
