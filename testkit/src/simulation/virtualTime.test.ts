import { describe, expect, it } from 'vitest';
import { createSimulatedProcess } from './simulatedProcess.ts';
import { createVirtualTime, TooManyEvents } from './virtualTime.ts';

describe('virtual time', () => {
  it('runs events in order of time, then of being added, and lets promises settle in between', async () => {
    const time = createVirtualTime(1000, 1000);
    const seen: string[] = [];
    time.schedule(20, () => seen.push(`late ${time.now()}`));
    time.schedule(10, async () => {
      seen.push('first');
      await null;
      await null;
      seen.push('its promises');
    });
    time.schedule(10, () => seen.push('second'));
    time.schedule(10, () => seen.push('cancelled'))();
    await time.runUntil(1015);
    expect(seen).toEqual(['first', 'its promises', 'second']);
    await time.runUntil(1030);
    expect(seen.at(-1)).toBe('late 1020');
    expect(time.now()).toBe(1030);
  });

  it('stays sorted for many events', async () => {
    const time = createVirtualTime(0, 10_000);
    const seen: number[] = [];
    for (let i = 0; i < 2000; i++) time.schedule((i * 7919) % 500, () => seen.push(time.now()));
    await time.runUntil(1000);
    expect(seen).toHaveLength(2000);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('gives up on what never comes to rest', async () => {
    const time = createVirtualTime(0, 100);
    const repeat = () => void time.schedule(0, repeat);
    repeat();
    await expect(time.runUntil(1)).rejects.toThrow(TooManyEvents);
  });
});

describe('simulated process', () => {
  it('hears nothing while asleep, catches up on waking, and nothing at all once dead', async () => {
    const time = createVirtualTime(0, 1000);
    const process = createSimulatedProcess(time);
    const seen: string[] = [];
    for (const atMs of [1, 2, 3]) process.schedule(atMs, () => seen.push(`${atMs} at ${time.now()}`));
    process.schedule(50, () => seen.push('after death'));
    await time.runUntil(1);
    process.sleep();
    await time.runUntil(10);
    expect(seen).toEqual(['1 at 1']);
    process.wake();
    await time.runUntil(11);
    expect(seen).toEqual(['1 at 1', '2 at 10', '3 at 10']);
    process.kill();
    await time.runUntil(100);
    expect(seen).toHaveLength(3);
  });
});
