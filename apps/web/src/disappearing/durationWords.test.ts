import { describe, expect, it } from 'vitest';
import { durationWords, shortDuration } from './durationWords.ts';

describe('a duration in words', () => {
  it.each([
    [5, '5 seconds', '5 s'],
    [60, '1 minute', '1 min'],
    [90, '1 minute 30 seconds', '1 min 30 s'],
    [3600, '1 hour', '1 h'],
    [86_400, '24 hours', '24 h'],
    [2 * 86_400, '2 days', '2 d'],
    [7 * 86_400, '1 week', '1 wk'],
    [28 * 86_400, '4 weeks', '4 wk'],
    [8 * 86_400 + 61, '1 week 1 day 1 minute 1 second', '1 wk 1 d'],
  ])('%i s', (seconds, expected, short) => {
    expect(durationWords(seconds)).toBe(expected);
    expect(shortDuration(seconds)).toBe(short);
  });
});
