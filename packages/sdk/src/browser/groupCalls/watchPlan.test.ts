import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PictureSource, WantedPicture } from './groupCallSession.ts';
import { planWatches, type Watch, type WatchedPerson } from './watchPlan.ts';

const person = (joinId: string, change: Partial<WatchedPerson> = {}): WatchedPerson => ({
  joinId,
  isMuted: false,
  hasCamera: true,
  isSharing: false,
  isAudience: false,
  hasKeys: true,
  ...change,
});
const shown = (joinId: string, widthPx = 200, source: PictureSource = 'camera'): WantedPicture => ({
  joinId,
  source,
  widthPx,
});
const slots = { sounds: ['s0', 's1'], pictures: ['p0', 'p1'] };
const none: ReadonlyMap<string, Watch> = new Map();
const brief = (watches: ReadonlyMap<string, Watch>): string[] =>
  [...watches].map(([slot, { joinId, source, maxLayer }]) => `${slot} ${joinId} ${source} ${maxLayer}`);

describe('what is watched', () => {
  it('is the sound of all, who speak first, and the pictures that are shown', () => {
    const people = [person('a', { isMuted: true }), person('b'), person('c')];
    const { watches, missing } = planWatches(slots, people, [shown('c'), shown('a')], none);
    expect(brief(watches)).toEqual([
      's0 b microphone 0',
      's1 c microphone 0',
      'p0 c camera 0',
      'p1 a camera 0',
    ]);
    expect(missing).toEqual({ sounds: 1, pictures: 0 });
  });

  it('is nobody without keys, no camera that is off, and no sound of who only listens', () => {
    const people = [
      person('a', { hasKeys: false }),
      person('b', { hasCamera: false, isAudience: true }),
      person('c', { isSharing: true, hasCamera: false }),
    ];
    const wanted = [shown('a'), shown('b'), shown('c'), shown('c', 900, 'screen'), shown('gone')];
    expect(brief(planWatches(slots, people, wanted, none).watches)).toEqual([
      's0 c microphone 0',
      's1 c screenSound 0',
      'p0 c screen 0',
    ]);
  });

  it.each([
    [100, 0],
    [400, 0],
    [401, 1],
    [800, 1],
    [801, 2],
    [2000, 2],
  ])('at %i pixels is layer %i at most', (widthPx, layer) => {
    const { watches } = planWatches(slots, [person('a')], [shown('a', widthPx)], none);
    expect(watches.get('p0')?.maxLayer).toBe(layer);
  });

  it('goes first where it is a screen, or much larger than the others', () => {
    const people = [person('a', { isSharing: true }), person('b'), person('c')];
    const wide = { sounds: [], pictures: ['p0', 'p1', 'p2'] };
    const priorities = (wanted: readonly WantedPicture[]) =>
      [...planWatches(wide, people, wanted, none).watches.values()].map(({ isPriority }) => isPriority);
    expect(priorities([shown('b', 1000), shown('c', 200)])).toEqual([true, false]);
    expect(priorities([shown('b', 300), shown('c', 290)])).toEqual([false, false]);
    expect(priorities([shown('a', 300, 'screen'), shown('b', 290)])).toEqual([true, false]);
  });

  it('stays in its slot while others come and go', () => {
    const people = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 });
    fc.assert(
      fc.property(people, people, (first, second) => {
        const wide = { sounds: ['s0', 's1', 's2', 's3'], pictures: ['p0', 'p1', 'p2'] };
        const plan = (ids: readonly string[], before: ReadonlyMap<string, Watch>) =>
          planWatches(
            wide,
            ids.map((id) => person(id)),
            ids.map((id) => shown(id)),
            before,
          );
        const before = plan(first, none).watches;
        const { watches, missing } = plan(second, before);
        for (const [slot, watch] of before) {
          const now = [...watches].find(
            ([, one]) => one.joinId === watch.joinId && one.source === watch.source,
          );
          if (now !== undefined) expect(now[0]).toBe(slot);
        }
        expect(watches.size).toBe(Math.min(second.length, 4) + Math.min(second.length, 3));
        expect(missing.pictures).toBe(Math.max(0, second.length - 3));
        const names = [...watches.values()].map(({ joinId, source }) => `${joinId} ${source}`);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });
});
