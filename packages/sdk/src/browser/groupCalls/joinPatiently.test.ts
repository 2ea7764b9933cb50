import type { GroupCallProblem, Outcome } from '@sotto/client/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { joinPatiently } from './joinPatiently.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const refused = (code: 'unavailable' | 'calls_off'): Outcome<string, GroupCallProblem> => ({
  kind: 'problem',
  problem: { kind: 'refused', code },
});
const joined: Outcome<string, GroupCallProblem> = { kind: 'ok', value: 'seat' };

describe('joining while no relay runs', () => {
  it('is tried until one does', async () => {
    const join = vi.fn(async () => (join.mock.calls.length < 4 ? refused('unavailable') : joined));
    const result = joinPatiently(join, () => false);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await result).toEqual(joined);
    expect(join).toHaveBeenCalledTimes(4);
  });

  it('is given up after a quarter of a minute, and with the page', async () => {
    const join = vi.fn(async () => refused('unavailable'));
    const result = joinPatiently(join, () => false);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await result).toEqual(refused('unavailable'));
    expect(join).toHaveBeenCalledTimes(16);
    expect(await joinPatiently(join, () => true)).toEqual(refused('unavailable'));
    expect(join).toHaveBeenCalledTimes(17);
  });

  it('is not tried once more after the call was left meanwhile', async () => {
    let isLeft = false;
    const join = vi.fn(async () => refused('unavailable'));
    const result = joinPatiently(join, () => isLeft);
    await vi.advanceTimersByTimeAsync(500);
    isLeft = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await result).toEqual(refused('unavailable'));
    expect(join).toHaveBeenCalledTimes(1);
  });

  it('is not tried again where calls are off, or where it worked', async () => {
    const join = vi.fn(async () => refused('calls_off'));
    expect(await joinPatiently(join, () => false)).toEqual(refused('calls_off'));
    expect(
      await joinPatiently(
        async () => joined,
        () => false,
      ),
    ).toEqual(joined);
    expect(join).toHaveBeenCalledTimes(1);
  });
});
