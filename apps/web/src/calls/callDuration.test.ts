import { expect, it } from 'vitest';
import { callDuration } from './callDuration.ts';

it('says how long a call took', () => {
  expect(callDuration(0)).toBe('0:00');
  expect(callDuration(-400)).toBe('0:00');
  expect(callDuration(59_999)).toBe('0:59');
  expect(callDuration(252_000)).toBe('4:12');
  expect(callDuration(3_729_000)).toBe('1:02:09');
});
