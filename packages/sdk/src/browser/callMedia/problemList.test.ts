import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createProblemList } from './problemList.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('shows what is the matter until it is over, and what solved itself for 10 s', () => {
  const changed = vi.fn();
  const list = createProblemList(changed);
  list.set({ kind: 'nothingReceived' }, true);
  list.set({ kind: 'nothingReceived' }, true);
  expect(changed).toHaveBeenCalledTimes(1);
  list.add({ kind: 'device', device: 'camera', problem: 'inUse' }, 'lasting');
  list.add({ kind: 'deviceLost', device: 'microphone', replacedBy: 'Headset' }, 'passing');
  expect(list.problems).toHaveLength(3);
  vi.advanceTimersByTime(10_000);
  expect(list.problems.map(({ kind }) => kind)).toEqual(['nothingReceived', 'device']);
  list.removeOf('camera');
  list.set({ kind: 'nothingReceived' }, false);
  expect(list.problems).toEqual([]);
  list.set({ kind: 'nothingReceived' }, false);
  expect(changed).toHaveBeenCalledTimes(6);
});

it('says a problem that came again for as long again', () => {
  const list = createProblemList(() => {});
  const problem = { kind: 'sharingRefused', problem: 'permissionDenied' } as const;
  list.add(problem, 'passing');
  vi.advanceTimersByTime(6_000);
  list.add(problem, 'passing');
  vi.advanceTimersByTime(6_000);
  expect(list.problems).toEqual([problem]);
  list.add(problem, 'lasting');
  vi.advanceTimersByTime(60_000);
  expect(list.problems).toEqual([problem]);
  list.close();
});
