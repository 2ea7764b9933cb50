import { create, toBinary } from '@bufbuild/protobuf';
import { SeatEventSchema, SeatSource, SeatWatchPhase } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { groupSendLimits } from './groupSendLimits.ts';
import { readSeatEvent } from './seatState.ts';
import { createSpeaking, loudnessOf } from './speaking.ts';

const usual = {
  lowData: false,
  isSharing: false,
  isCameraPaused: false,
  isPoor: false,
  wantedCamera: 0b111,
  wantedScreen: 1,
};
const layers = (change: Partial<typeof usual>): boolean[] =>
  groupSendLimits({ ...usual, ...change }).camera.encodings.map(({ active }) => active ?? true);

describe('layers of the camera', () => {
  it.each([
    ['all that somebody watches', {}, [true, true, true]],
    ['none that nobody watches', { wantedCamera: 0 }, [false, false, false]],
    ['what is smaller than the largest, too', { wantedCamera: 0b100 }, [true, true, true]],
    ['no larger one than somebody watches', { wantedCamera: 0b010 }, [true, true, false]],
    ['the smallest alone', { wantedCamera: 0b001 }, [true, false, false]],
    ['none while it is held back', { isCameraPaused: true }, [false, false, false]],
    ['the smallest where little is to be sent', { lowData: true, wantedCamera: 0b110 }, [true, false, false]],
    ['no largest beside a screen', { isSharing: true, wantedCamera: 0b101 }, [true, true, false]],
    ['no largest in a poor network', { isPoor: true }, [true, true, false]],
  ])('are sent: %s', (_name, change, sent) => {
    expect(layers(change)).toEqual(sent);
  });

  it('are no screen that nobody watches', () => {
    const screen = (wantedScreen: number) =>
      groupSendLimits({ ...usual, wantedScreen }).screen.encodings[0]?.active;
    expect([screen(1), screen(0)]).toEqual([true, false]);
  });
});

describe('who speaks', () => {
  it('is who is loud, for a moment longer, the latest first', () => {
    const speaking = createSpeaking();
    const feed = (levels: Record<string, number>, nowMs: number) => {
      speaking.feed(new Map(Object.entries(levels)), nowMs);
      return { now: [...speaking.speaking].sort(), order: speaking.speakers };
    };
    expect(feed({ a: 0.1, b: 0 }, 0)).toEqual({ now: [], order: [] });
    expect(feed({ a: 0.6, b: 0 }, 500)).toEqual({ now: ['a'], order: ['a'] });
    expect(feed({ a: 0.6, b: 0.5 }, 1000)).toEqual({ now: ['a', 'b'], order: ['b', 'a'] });
    // Who goes on speaking does not jump to the front.
    expect(feed({ a: 0.9, b: 0.5 }, 1500)).toEqual({ now: ['a', 'b'], order: ['b', 'a'] });
    expect(feed({ a: 0, b: 0.5 }, 2500)).toEqual({ now: ['a', 'b'], order: ['b', 'a'] });
    expect(feed({ a: 0, b: 0.5 }, 3100)).toEqual({ now: ['b'], order: ['b', 'a'] });
    expect(feed({ b: 0 }, 9000)).toEqual({ now: [], order: ['b'] });
  });

  it('is measured in decibels', () => {
    expect(loudnessOf(0)).toBe(0);
    expect(loudnessOf(1)).toBe(1);
    expect(loudnessOf(0.001)).toBeCloseTo(0);
    expect(loudnessOf(0.0316)).toBeCloseTo(0.5, 2);
  });
});

describe('what the relay says of the seat', () => {
  it('is read, and is nothing where it is none', () => {
    const event = toBinary(
      SeatEventSchema,
      create(SeatEventSchema, {
        number: 3n,
        watchRevision: 7,
        watches: [
          { mid: '4', phase: SeatWatchPhase.ACTIVE },
          { mid: '5', phase: SeatWatchPhase.PAUSED },
          { mid: '6', phase: 99 as SeatWatchPhase },
        ],
        wanted: [{ source: SeatSource.CAMERA, layers: 5 }],
      }),
    );
    expect(readSeatEvent(event)).toEqual({
      watchRevision: 7,
      phases: new Map([
        ['4', 'active'],
        ['5', 'paused'],
      ]),
      wantedCamera: 5,
      wantedScreen: 0,
    });
    expect(readSeatEvent(Uint8Array.of(255, 255, 255))).toBeNull();
    expect(readSeatEvent(new Uint8Array(70_000))).toBeNull();
  });
});
