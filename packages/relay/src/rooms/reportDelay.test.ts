import { describe, expect, it } from 'vitest';
import { ReportDelay } from './reportDelay.ts';

const kept = (ms: number) => Math.round(ms * 65.536);

describe('the delay of reports', () => {
  it('is what they waited beyond the least, without what the receiver kept them', () => {
    const delay = new ReportDelay();
    for (const [number, tookMs] of [40, 30, 330].entries()) {
      const sentAtMs = number * 1000;
      delay.sent(1, number, sentAtMs);
      delay.answered(1, number, kept(500), sentAtMs + 500 + tookMs);
    }
    expect(delay.take()).toBeCloseTo(300, 0);
    expect(delay.take()).toBeNull();
  });

  it('is of each once, and of none that was never sent, sent twice, or answered before it came', () => {
    const delay = new ReportDelay();
    delay.sent(1, 7, 0);
    delay.answered(1, 7, 0, 20);
    delay.take();
    delay.answered(1, 7, 0, 5000);
    delay.answered(1, 8, 0, 5000);
    delay.answered(2, 7, 0, 5000);
    delay.sent(1, 9, 5000);
    delay.sent(1, 9, 5100);
    delay.answered(1, 9, 0, 5200);
    delay.sent(1, 10, 5000);
    delay.answered(1, 10, kept(900), 5100);
    expect(delay.take()).toBeNull();
  });

  it('takes a longer way for the usual one after a while', () => {
    const delay = new ReportDelay();
    const last = [...Array(60).keys()].map((second) => {
      delay.sent(1, second, second * 1000);
      delay.answered(1, second, 0, second * 1000 + (second < 10 ? 20 : 220));
      return delay.take()!;
    });
    expect(last[12]).toBe(200);
    expect(last.at(-1)).toBe(0);
  });
});
