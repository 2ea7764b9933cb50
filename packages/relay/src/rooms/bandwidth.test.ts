import { describe, expect, it } from 'vitest';
import { Bandwidth } from './bandwidth.ts';

/** Sends so much for so many seconds to a receiver that says so much of it. */
function go(
  bandwidth: Bandwidth,
  seconds: number,
  at: {
    sentBps: (estimateBps: number) => number;
    rembBps?: (sentBps: number) => number;
    lost?: number;
    waitedMs?: number;
    keptBps?: number;
  },
  from = 0,
): number[] {
  const estimates: number[] = [];
  for (let second = 1; second <= seconds; second++) {
    const nowMs = (from + second) * 1000;
    const sentBps = at.sentBps(bandwidth.estimateBps);
    bandwidth.weigh(
      { sentBps, keptBps: at.keptBps ?? null, lostPart: at.lost ?? null, waitedMs: at.waitedMs ?? null },
      nowMs,
    );
    if (at.rembBps !== undefined) bandwidth.told(at.rembBps(sentBps), sentBps, nowMs);
    estimates.push(bandwidth.estimateBps);
  }
  return estimates;
}

describe('bandwidth', () => {
  it('is not bounded by a receiver that little is sent to', () => {
    const bandwidth = new Bandwidth();
    go(bandwidth, 20, { sentBps: () => 30_000, rembBps: () => 16_440 });
    expect(bandwidth.estimateBps).toBe(1_500_000);
    go(bandwidth, 20, { sentBps: () => 400_000, rembBps: (sent) => sent * 1.5 });
    expect(bandwidth.estimateBps).toBe(1_500_000);
  });

  it('grows while it is used and nothing gets lost, whether or not the receiver says anything', () => {
    const silent = new Bandwidth();
    go(silent, 5, { sentBps: (estimate) => estimate * 0.9 });
    expect(silent.estimateBps).toBeGreaterThan(3_000_000);
    const telling = new Bandwidth();
    go(telling, 5, { sentBps: (estimate) => estimate * 0.9, rembBps: (sent) => sent * 1.2 });
    expect(telling.estimateBps).toBeGreaterThan(3_000_000);
    const losing = new Bandwidth();
    go(losing, 5, { sentBps: (estimate) => estimate * 0.9, lost: 0.1 });
    expect(losing.estimateBps).toBe(1_500_000);
  });

  it('comes down to what a line takes, and stays near it', () => {
    const bandwidth = new Bandwidth();
    const lineBps = 600_000;
    let remb = lineBps;
    const parts = {
      sentBps: (estimate: number) => estimate * 0.95,
      rembBps: (sent: number) => {
        remb = sent > lineBps ? lineBps * 0.85 : Math.min(remb * 1.08, sent * 1.5);
        return remb;
      },
    };
    go(bandwidth, 5, parts);
    const after = go(bandwidth, 60, parts, 5);
    expect(Math.max(...after)).toBeLessThan(lineBps * 1.35);
    expect(Math.min(...after)).toBeGreaterThan(lineBps * 0.6);
  });

  it('comes down with what gets lost, and is never nothing', () => {
    const bandwidth = new Bandwidth();
    go(bandwidth, 3, { sentBps: () => 1_000_000, lost: 0.3 });
    expect(bandwidth.estimateBps).toBeLessThan(900_000);
    go(bandwidth, 100, { sentBps: (estimate) => estimate, lost: 0.9 });
    expect(bandwidth.estimateBps).toBe(60_000);
  });

  it('comes down to what came through a full line, at once', () => {
    const bandwidth = new Bandwidth();
    go(bandwidth, 5, { sentBps: () => 1_000_000, waitedMs: 5 });
    go(bandwidth, 1, { sentBps: () => 1_000_000, waitedMs: 400, lost: 0.7 }, 5);
    expect(bandwidth.estimateBps).toBeGreaterThan(200_000);
    expect(bandwidth.estimateBps).toBeLessThan(300_000);
    expect(bandwidth.isOverrun(6000)).toBe(true);
    // What is still on its way is what was sent before.
    go(bandwidth, 1, { sentBps: () => 240_000, waitedMs: 400, lost: 0.7 }, 6);
    expect(bandwidth.estimateBps).toBeGreaterThan(200_000);
  });

  it('comes down where all waits for long, not where something did once, and pauses no small picture by that', () => {
    const bandwidth = new Bandwidth();
    go(bandwidth, 2, { sentBps: () => 1_000_000, waitedMs: 500 });
    go(bandwidth, 1, { sentBps: () => 1_000_000, waitedMs: 10 }, 2);
    expect(bandwidth.estimateBps).toBe(1_500_000);
    go(bandwidth, 3, { sentBps: () => 1_000_000, waitedMs: 500 }, 3);
    expect(bandwidth.estimateBps).toBe(800_000);
    go(bandwidth, 60, { sentBps: (estimate) => estimate, waitedMs: 500 }, 6);
    expect(bandwidth.estimateBps).toBe(200_000);
  });

  it('is what goes on where trying for more is too much, and rises slowly there', () => {
    const bandwidth = new Bandwidth();
    go(bandwidth, 1, { sentBps: () => 600_000, keptBps: 400_000, waitedMs: 100 });
    expect(bandwidth.estimateBps).toBe(1_200_000);
    go(bandwidth, 10, { sentBps: () => 600_000, keptBps: 400_000, waitedMs: 100 }, 1);
    expect(bandwidth.estimateBps).toBe(400_000);
    expect(bandwidth.mayProbe).toBe(false);
    const rising = go(bandwidth, 20, { sentBps: (estimate) => estimate, waitedMs: 5 }, 11);
    expect(rising.at(-1)).toBeGreaterThan(600_000);
    expect(rising.every((bps, i) => bps <= (rising[i - 1] ?? bps) * 1.09)).toBe(true);
  });

  it('takes a rise of what is sent for no sign of a bound', () => {
    const bandwidth = new Bandwidth();
    go(bandwidth, 5, { sentBps: () => 300_000, rembBps: (sent) => sent * 1.5 });
    // The receiver has seen the lower rate alone.
    bandwidth.told(450_000, 1_200_000, 6000);
    expect(bandwidth.estimateBps).toBe(1_500_000);
  });
});
