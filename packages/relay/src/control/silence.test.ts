import { beforeEach, describe, expect, it, vi } from 'vitest';
import { watchSilence } from './silence.ts';

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

describe('silence', () => {
  it('is told once, after so many seconds without a word', () => {
    const told = vi.fn();
    const { heard } = watchSilence(3, told);
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(1900);
      heard();
    }
    vi.advanceTimersByTime(1900);
    expect(told).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60_000);
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('is nothing that is told after the end', () => {
    const told = vi.fn();
    watchSilence(3, told).stop();
    vi.advanceTimersByTime(60_000);
    expect(told).not.toHaveBeenCalled();
  });

  it('is no matter of who was halted itself', () => {
    vi.useRealTimers();
    const told = vi.fn();
    const { stop } = watchSilence(2, told);
    // Blocks the event loop for longer than that.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
    return new Promise<void>((resolve) => setTimeout(resolve)).then(() => {
      stop();
      expect(told).not.toHaveBeenCalled();
    });
  });
});
