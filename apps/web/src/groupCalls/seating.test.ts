import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noSeating, type Seated, seat } from './seating.ts';

const person = (joinId: string, change: Partial<Seated> = {}): Seated => ({
  joinId,
  isSelf: false,
  isSpeaking: false,
  hasPicture: false,
  ...change,
});

describe('places in the grid', () => {
  it('begin with those who are seen, and are kept', () => {
    const first = seat(noSeating, [person('a'), person('b', { hasPicture: true })], 9, 0, true);
    expect(first.order).toEqual(['b', 'a']);
    const people = [person('a', { hasPicture: true }), person('c', { hasPicture: true }), person('b')];
    expect(seat(first, people, 9, 1, true).order).toEqual(['b', 'a', 'c']);
    expect(seat(first, [person('c'), person('a')], 9, 1, true).order).toEqual(['a', 'c']);
  });

  it('are changed with the longest silent when somebody speaks beyond the first page', () => {
    const silent = [...'abcdef'].map((joinId) => person(joinId));
    let seating = seat(noSeating, silent, 3, 0, true);
    seating = seat(
      seating,
      silent.map((one) => (one.joinId === 'c' ? { ...one, isSpeaking: true } : one)),
      3,
      10,
      true,
    );
    const spoken = silent.map((one) => (one.joinId === 'e' ? { ...one, isSpeaking: true } : one));
    expect(seat(seating, spoken, 3, 20, false).order).toEqual([...'abcdef']);
    expect(seat(seating, spoken, 3, 20, true).order).toEqual([...'aecdbf']);
  });

  it('never take oneself away, and lose or double nobody', () => {
    const people = fc.array(fc.record({ speaks: fc.boolean(), seen: fc.boolean(), here: fc.boolean() }), {
      minLength: 12,
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        fc.array(people, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 2, max: 9 }),
        (steps, onPage) => {
          let seating = noSeating;
          for (const [nowMs, step] of steps.entries()) {
            const present = step.flatMap(({ speaks, seen, here }, at) =>
              here || at === 0
                ? [person(`${at}`, { isSelf: at === 0, isSpeaking: speaks, hasPicture: seen })]
                : [],
            );
            const wasFirst = seating.order.slice(0, onPage).includes('0');
            seating = seat(seating, present, onPage, nowMs, true);
            expect(seating.order.toSorted()).toEqual(present.map(({ joinId }) => joinId).toSorted());
            if (wasFirst) expect(seating.order.slice(0, onPage)).toContain('0');
          }
        },
      ),
    );
  });
});
