import { expect, it } from 'vitest';
import type { Clock } from '../ports.ts';
import { startDeadline, timeLeftMs } from './deadline.ts';

it('comes when its time is up, and at once where the clock was set back', () => {
  let nowMs = 1_000_000;
  const clock: Clock = { now: () => nowMs, schedule: () => () => undefined };
  const deadline = startDeadline(clock, 500);
  expect(timeLeftMs(clock, null)).toBe(0);
  expect(timeLeftMs(clock, deadline)).toBe(500);
  nowMs += 200;
  expect(timeLeftMs(clock, deadline)).toBe(300);
  nowMs += 300;
  expect(timeLeftMs(clock, deadline)).toBe(0);
  nowMs -= 86_400_000;
  expect(timeLeftMs(clock, deadline)).toBe(0);
});
