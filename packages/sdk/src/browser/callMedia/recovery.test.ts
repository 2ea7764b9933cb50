import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecovery } from './recovery.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open(role: Parameters<typeof createRecovery>[0] = 'caller') {
  const restart = vi.fn();
  const giveUp = vi.fn();
  return { recovery: createRecovery(role, { restart, giveUp }), restart, giveUp };
}

describe('recovery', () => {
  it('leaves alone what passes by itself', () => {
    const { recovery, restart, giveUp } = open();
    recovery.begin();
    recovery.linkChanged('connected');
    recovery.linkChanged('interrupted');
    vi.advanceTimersByTime(900);
    recovery.linkChanged('connected');
    vi.advanceTimersByTime(120_000);
    expect(restart).not.toHaveBeenCalled();
    expect(giveUp).not.toHaveBeenCalled();
  });

  it.each([
    ['caller', 1_000],
    ['answerer', 2_000],
  ] as const)(
    'lets the %s begin anew after %i ms, again and again, and gives up after 30 s',
    (role, delayMs) => {
      const { recovery, restart, giveUp } = open(role);
      recovery.begin();
      recovery.linkChanged('connected');
      recovery.linkChanged('interrupted');
      vi.advanceTimersByTime(delayMs - 1);
      expect(restart).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(restart).toHaveBeenCalledTimes(1);
      vi.advanceTimersByTime(6_000);
      expect(restart).toHaveBeenCalledTimes(2);
      vi.advanceTimersByTime(30_000 - 6_000 - delayMs - 1);
      expect(giveUp).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(giveUp).toHaveBeenCalledTimes(1);
      const restarts = restart.mock.calls.length;
      vi.advanceTimersByTime(120_000);
      expect(giveUp).toHaveBeenCalledTimes(1);
      expect(restart).toHaveBeenCalledTimes(restarts);
    },
  );

  it('does not wait where the browser has given up, nor where it says that there is another network', () => {
    const { recovery, restart } = open();
    recovery.begin();
    recovery.linkChanged('failed');
    vi.advanceTimersByTime(0);
    expect(restart).toHaveBeenCalledTimes(1);
    recovery.linkChanged('connected');
    recovery.networkChanged();
    expect(restart).toHaveBeenCalledTimes(2);
    recovery.linkChanged('interrupted');
    recovery.networkChanged();
    vi.advanceTimersByTime(0);
    expect(restart).toHaveBeenCalledTimes(3);
  });

  it('gives a first connection 30 s, and one that the other side began anew as many', () => {
    const { recovery, giveUp } = open();
    recovery.networkChanged();
    vi.advanceTimersByTime(60_000);
    recovery.begin();
    vi.advanceTimersByTime(29_999);
    expect(giveUp).not.toHaveBeenCalled();
    recovery.linkChanged('connected');
    recovery.begin();
    vi.advanceTimersByTime(30_000);
    expect(giveUp).toHaveBeenCalledTimes(1);
  });

  it('is sooner impatient in a call of a group that never was connected', () => {
    const { recovery, giveUp } = open('participant');
    recovery.begin();
    recovery.linkChanged('interrupted');
    vi.advanceTimersByTime(59_999);
    expect(giveUp).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(giveUp).toHaveBeenCalledTimes(1);
    recovery.begin();
    recovery.linkChanged('connected');
    recovery.linkChanged('failed');
    vi.advanceTimersByTime(89_999);
    expect(giveUp).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(giveUp).toHaveBeenCalledTimes(2);
  });

  it('does nothing after the end', () => {
    const { recovery, restart, giveUp } = open();
    recovery.begin();
    recovery.linkChanged('interrupted');
    recovery.close();
    vi.advanceTimersByTime(60_000);
    expect(restart).not.toHaveBeenCalled();
    expect(giveUp).not.toHaveBeenCalled();
  });
});
