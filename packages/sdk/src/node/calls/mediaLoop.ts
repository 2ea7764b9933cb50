/**
 * Sends tone and test pattern in time. Invariant: what is sent follows the clock and not the timer, so a busy machine sends late
 * but neither faster nor slower; what is more than a moment late is left out, as a microphone's would be.
 */
import type { MediaPeer } from './mediaPeer.ts';
import { createTestPattern, testPatternFramesPerSecond } from './testPattern.ts';
import { audioFrameMs, type Tone } from './tone.ts';

export interface MediaLoop {
  isMuted: boolean;
  hasVideo: boolean;
  /** Frames handed over since the beginning. */
  readonly sent: { readonly audio: number; readonly video: number };
  /** The next picture is a whole one. */
  restartPicture(): void;
  stop(): void;
}

const maxLateMs = 200;
const pictureMs = 1000 / testPatternFramesPerSecond;
/** However many ask: a whole picture is many times the others' size. */
const minRestartMs = 300;

/** Sends to the peer that `current` names at each moment, from now on. */
export function startMediaLoop(
  current: () => MediaPeer | null,
  tone: Tone,
  choice: { readonly isMuted: boolean; readonly hasVideo: boolean },
): MediaLoop {
  const pattern = createTestPattern();
  const startMs = performance.now();
  let [soundMs, picturesMs] = [0, 0];
  let restartedMs = Number.NEGATIVE_INFINITY;
  const sent = { audio: 0, video: 0 };

  const sendDue = (): void => {
    const peer = current();
    const elapsedMs = performance.now() - startMs;
    soundMs = Math.max(soundMs, Math.floor((elapsedMs - maxLateMs) / audioFrameMs) * audioFrameMs);
    picturesMs = Math.max(picturesMs, Math.floor((elapsedMs - maxLateMs) / pictureMs) * pictureMs);
    for (; soundMs <= elapsedMs; soundMs += audioFrameMs) {
      if (loop.isMuted || !peer?.canSend) continue;
      peer.send('audio', tone.next(), soundMs);
      sent.audio++;
    }
    for (; picturesMs <= elapsedMs; picturesMs += pictureMs) {
      if (!loop.hasVideo || !peer?.canSend) continue;
      peer.send('video', pattern.next(), picturesMs);
      sent.video++;
    }
  };
  const timer = setInterval(sendDue, audioFrameMs);
  const loop: MediaLoop = {
    ...choice,
    sent,
    restartPicture() {
      if (performance.now() - restartedMs < minRestartMs) return;
      restartedMs = performance.now();
      pattern.restart();
    },
    stop() {
      clearInterval(timer);
      tone.close();
    },
  };
  return loop;
}
