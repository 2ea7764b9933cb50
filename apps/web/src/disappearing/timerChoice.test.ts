import { describe, expect, it } from 'vitest';
import { asCustom, customTimer, usualTimers } from './timerChoice.ts';

describe('a timer that is typed', () => {
  it.each([
    ['5', 'second', 5],
    [' 90 ', 'second', 90],
    ['45', 'minute', 2700],
    ['4', 'week', 2_419_200],
    ['28', 'day', 2_419_200],
  ] as const)('%s of %s', (typed, unit, seconds) =>
    expect(customTimer(typed, unit)).toEqual({ kind: 'seconds', seconds }),
  );

  it.each([
    ['', 'minute', 'notNumber'],
    ['-5', 'minute', 'notNumber'],
    ['1.5', 'hour', 'notNumber'],
    ['1e3', 'second', 'notNumber'],
    ['٥', 'second', 'notNumber'],
    ['9'.repeat(40), 'second', 'notNumber'],
    ['0', 'minute', 'tooShort'],
    ['4', 'second', 'tooShort'],
    ['2419201', 'second', 'tooLong'],
    ['5', 'week', 'tooLong'],
    ['999999999999', 'week', 'tooLong'],
  ] as const)('refuses %j of %s: %s', (typed, unit, kind) =>
    expect(customTimer(typed, unit)).toEqual({ kind }),
  );

  it('stands in the field as it was typed', () => {
    for (const seconds of [...usualTimers, 45, 90, 2_419_200, 8 * 86_400]) {
      const { typed, unit } = asCustom(seconds);
      expect(customTimer(typed, unit)).toEqual({ kind: 'seconds', seconds });
    }
    expect(asCustom(90)).toEqual({ typed: '90', unit: 'second' });
    expect(asCustom(14 * 86_400)).toEqual({ typed: '2', unit: 'week' });
  });
});
