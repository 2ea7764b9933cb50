import { describe, expect, it } from 'vitest';
import { createCameraGate } from '../callMedia/cameraGate.ts';
import { createMediaWatch } from '../callMedia/mediaWatch.ts';
import { judgeQuality } from '../callMedia/quality.ts';
import type { CallStatistics } from './callSession.ts';
import { sendLimits } from './sendLimits.ts';
import { reading, sampleOf } from './testing/reading.ts';

const well = reading();
const lossy = (lossShare: number): CallStatistics =>
  reading({ audioReceived: { ...well.audioReceived!, lossShare } });
const held = (availableOutgoingBitsPerSecond: number): CallStatistics =>
  reading({ availableOutgoingBitsPerSecond, cameraSent: { ...well.cameraSent!, limitedBy: 'bandwidth' } });
const times = (count: number, statistics: CallStatistics): CallStatistics[] =>
  new Array<CallStatistics>(count).fill(statistics);

describe('quality', () => {
  it('is unknown at first, then good', () => {
    expect(judgeQuality([])).toEqual({ step: 'unknown', causes: [] });
    expect(judgeQuality(times(2, well))).toEqual({ step: 'unknown', causes: [] });
    expect(judgeQuality(times(3, well))).toEqual({ step: 'good', causes: [] });
  });

  it('does not mind one bad second, and forgets', () => {
    expect(judgeQuality([...times(4, well), lossy(0.1)])).toEqual({ step: 'good', causes: [] });
    expect(judgeQuality([...times(5, lossy(0.5)), ...times(5, well)])).toEqual({ step: 'good', causes: [] });
  });

  it.each<[string, string, string, CallStatistics]>([
    ['some is lost on the way here', 'fair', 'lossHere', lossy(0.05)],
    ['much is lost on the way here', 'poor', 'lossHere', lossy(0.2)],
    [
      'much is lost on the way there',
      'poor',
      'lossThere',
      reading({ audioSent: { ...well.audioSent!, lossShare: 0.3 } }),
    ],
    ['it takes long', 'fair', 'delay', reading({ roundTripMs: 400 })],
    [
      'it comes unevenly',
      'poor',
      'jitter',
      reading({ audioReceived: { ...well.audioReceived!, jitterMs: 200 } }),
    ],
    [
      'sound is made up',
      'fair',
      'jitter',
      reading({ audioReceived: { ...well.audioReceived!, concealedShare: 0.08 } }),
    ],
    ['the network is narrow', 'poor', 'bandwidth', held(80_000)],
    [
      'the machine is busy',
      'fair',
      'busyMachine',
      reading({ cameraSent: { ...well.cameraSent!, limitedBy: 'cpu' } }),
    ],
  ])('says that %s', (_what, step, cause, statistics) => {
    expect(judgeQuality(times(5, statistics))).toEqual({ step, causes: [cause] });
  });

  it('names the worst first', () => {
    const both = reading({ roundTripMs: 400, audioReceived: { ...well.audioReceived!, lossShare: 0.3 } });
    expect(judgeQuality(times(5, both))).toEqual({ step: 'poor', causes: ['lossHere', 'delay'] });
  });

  it('minds no narrow network while nobody sends a picture', () => {
    const voice = reading({ availableOutgoingBitsPerSecond: 50_000, cameraSent: null });
    expect(judgeQuality(times(5, voice)).step).toBe('good');
  });
});

describe('the camera', () => {
  it('is held back where little more than the voice goes through, later and later again', () => {
    const gate = createCameraGate();
    let nowMs = 0;
    const narrow = held(40_000);
    const feed = (statistics: CallStatistics, seconds: number): boolean[] =>
      Array.from({ length: seconds }, () => {
        nowMs += 1_000;
        return gate.feed(statistics, nowMs);
      });
    expect(feed(narrow, 4)).toEqual([false, false, false, true]);
    expect(gate.isPaused).toBe(true);
    // Ten seconds, whatever is measured meanwhile.
    expect(feed(narrow, 10).at(-1)).toBe(false);
    expect(feed(narrow, 4).at(-1)).toBe(true);
    expect(feed(narrow, 19).every((isPaused) => isPaused)).toBe(true);
    expect(feed(well, 1)).toEqual([false]);
    expect(feed(well, 60).some((isPaused) => isPaused)).toBe(false);
    // It went well for long: the first pause is short again.
    expect(feed(narrow, 4).at(-1)).toBe(true);
    expect(feed(narrow, 10).at(-1)).toBe(false);
  });

  it('is not held back for a moment, nor where it sends nothing', () => {
    const gate = createCameraGate();
    const seconds = [
      held(10_000),
      held(10_000),
      held(10_000),
      well,
      held(10_000),
      held(10_000),
      held(10_000),
    ];
    expect(seconds.map((statistics, at) => gate.feed(statistics, at * 1_000))).not.toContain(true);
    const off = reading({ availableOutgoingBitsPerSecond: 10_000, cameraSent: null });
    for (let at = 0; at < 20; at++) expect(gate.feed(off, 10_000 + at * 1_000)).toBe(false);
  });
});

describe('what is sent', () => {
  const usual = { lowData: false, isSharing: false, isCameraPaused: false, isPoor: false };
  it('gives the voice the first place, and the screen the second', () => {
    const limits = sendLimits({ ...usual, isSharing: true });
    expect(limits.microphone.encoding.priority).toBe('high');
    expect(limits.screen.encoding.priority).toBe('medium');
    expect(limits.camera.encoding.priority).toBe('low');
    expect(limits.camera.encoding.maxBitrate).toBeLessThan(sendLimits(usual).camera.encoding.maxBitrate!);
  });
  it('is little where little is asked for', () => {
    const [little, much] = [sendLimits({ ...usual, lowData: true }), sendLimits(usual)];
    for (const slot of ['microphone', 'camera', 'screen', 'screenSound'] as const)
      expect(little[slot].encoding.maxBitrate).toBeLessThan(much[slot].encoding.maxBitrate!);
    expect(sendLimits({ ...usual, isCameraPaused: true }).camera.encoding.active).toBe(false);
  });
});

describe('what a call lacks', () => {
  const now = { nowMs: 0, isMuted: false, isRemoteMuted: false };
  const fine = { isNothingReceived: false, areFramesNotOpened: false, isMicrophoneSilent: false };
  const framesOf = (opened: number, notOpened: number): CallStatistics =>
    reading({ frames: { sealed: 100, opened, notSealed: 0, notOpened } });

  it('is said after 10 s, and no more once it comes', () => {
    const watch = createMediaWatch();
    const seconds = Array.from({ length: 12 }, (_, at) =>
      watch.feed(sampleOf(), { ...now, nowMs: at * 1_000 }),
    );
    expect(seconds.slice(0, 10)).toEqual(new Array(10).fill(fine));
    expect(seconds.at(-1)).toEqual({ ...fine, isNothingReceived: true, isMicrophoneSilent: true });
    expect(
      watch.feed(sampleOf({ packetsReceived: 130, microphoneEnergy: 1.2 }), { ...now, nowMs: 13_000 }),
    ).toEqual(fine);
  });

  it('is nothing where both are muted', () => {
    const watch = createMediaWatch();
    for (let at = 0; at < 30; at++) {
      const lack = watch.feed(sampleOf(), { nowMs: at * 1_000, isMuted: true, isRemoteMuted: true });
      expect(lack).toEqual(fine);
    }
  });

  it('is a key where frames come and none is opened', () => {
    const watch = createMediaWatch();
    let lack = fine;
    for (let at = 0; at < 12; at++) {
      lack = watch.feed(
        sampleOf({ statistics: framesOf(100, at * 30), packetsReceived: at * 50, microphoneEnergy: at }),
        { ...now, nowMs: at * 1_000 },
      );
    }
    expect(lack).toEqual({ ...fine, areFramesNotOpened: true });
    lack = watch.feed(
      sampleOf({ statistics: framesOf(101, 400), packetsReceived: 700, microphoneEnergy: 20 }),
      { ...now, nowMs: 13_000 },
    );
    expect(lack).toEqual(fine);
  });
});
