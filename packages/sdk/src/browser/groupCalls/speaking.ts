/** Who speaks, by how loud their sound was in the last moments; a short pause between words is none. */
import type { JoinId } from './groupCallSession.ts';

/** As `LevelMeter` says it: 60 decibels below full scale are 0. Quieter than this is a room, not a voice. */
const voiceLevel = 0.25;
const pauseMs = 1_500;
const speakersLimit = 8;

export interface Speaking {
  readonly speaking: ReadonlySet<JoinId>;
  /** The latest first. */
  readonly speakers: readonly JoinId[];
  /** Takes one reading in; who is not in it has left. */
  feed(levels: ReadonlyMap<JoinId, number>, nowMs: number): void;
}

export function createSpeaking(): Speaking {
  let heardAtMs = new Map<JoinId, number>();
  let speaking = new Set<JoinId>();
  let speakers: readonly JoinId[] = [];
  return {
    get speaking() {
      return speaking;
    },
    get speakers() {
      return speakers;
    },
    feed(levels, nowMs) {
      const before = speaking;
      heardAtMs = new Map([...heardAtMs].filter(([joinId]) => levels.has(joinId)));
      const loud = [...levels]
        .filter(([, level]) => level >= voiceLevel)
        .sort(([, one], [, other]) => other - one);
      for (const [joinId] of loud) heardAtMs.set(joinId, nowMs);
      speaking = new Set(
        [...heardAtMs].filter(([, atMs]) => nowMs - atMs < pauseMs).map(([joinId]) => joinId),
      );
      // Who begins comes to the front; who goes on keeps their place, so that nothing jumps to and fro.
      const begins = loud.map(([joinId]) => joinId).filter((joinId) => !before.has(joinId));
      const rest = speakers.filter((joinId) => levels.has(joinId) && !begins.includes(joinId));
      speakers = [...begins, ...rest].slice(0, speakersLimit);
    },
  };
}

/** As loud as a root of mean power (0 to 1) sounds, 0 to 1. */
export function loudnessOf(amplitude: number): number {
  if (amplitude === 0) return 0;
  return Math.min(1, Math.max(0, (20 * Math.log10(amplitude) + 60) / 60));
}
