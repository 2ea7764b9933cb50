import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../database/migrate.ts';
import type { ClientDatabase } from '../ports.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { ServerClock } from './serverClock.ts';

const hourMs = 3_600_000;
let deviceMs: number;
let database: ClientDatabase;
const clock = { now: () => deviceMs, schedule: () => () => undefined };
const open = () => database.read((sql) => new ServerClock(clock, sql));
const store = (one: ServerClock) => database.transaction((sql) => one.store(sql));

beforeEach(async () => {
  deviceMs = 1_000_000;
  database = new TestDisk().open();
  await migrate(database);
});

describe('the server’s time on a device', () => {
  it('is what the server says, and goes on with the device’s clock', () => {
    const one = open();
    one.read(5_000_000);
    expect(one.nowMs()).toBe(5_000_000);
    deviceMs += 10;
    expect(one.nowMs()).toBe(5_000_010);
  });

  it('does not go back with the device’s clock, also over a restart', async () => {
    const one = open();
    one.read(5_000_000);
    deviceMs += hourMs;
    expect(one.nowMs()).toBe(5_000_000 + hourMs);
    deviceMs -= 100 * hourMs;
    expect(one.nowMs()).toBe(5_000_000 + hourMs);
    deviceMs += 1;
    expect(one.nowMs()).toBe(5_000_001 + hourMs);
    await store(one);
    deviceMs -= 100 * hourMs;
    const next = open();
    expect(next.nowMs()).toBe(5_000_001 + hourMs);
    deviceMs += 7;
    expect(next.nowMs()).toBe(5_000_008 + hourMs);
  });

  it('goes on while the device is off', async () => {
    const one = open();
    one.read(5_000_000);
    await store(one);
    deviceMs += 24 * hourMs;
    expect(open().nowMs()).toBe(5_000_000 + 24 * hourMs);
  });

  it('comes back from a clock that was set ahead, as far as the server says', () => {
    const one = open();
    one.read(5_000_000);
    deviceMs += 1000 * hourMs;
    expect(one.nowMs()).toBe(5_000_000 + 1000 * hourMs);
    one.read(5_000_500);
    expect(one.nowMs()).toBe(5_000_500);
    // But not before what it said: a server that is set back does not bring anything back.
    one.read(4_000_000);
    expect(one.nowMs()).toBe(5_000_500);
  });

  it('goes on by what has passed for certain, whatever the server says again and the device’s clock shows', () => {
    const one = open();
    one.read(5_000_000);
    const sinceMs = one.nowMs();
    deviceMs -= hourMs;
    one.passed(30_000, sinceMs);
    expect(one.nowMs()).toBe(5_030_000);
    one.read(5_000_000);
    expect(one.nowMs()).toBe(5_030_000);
    one.passed(10);
    one.read(4_000_000);
    expect(one.nowMs()).toBe(5_030_010);
    one.read(6_000_000);
    expect(one.nowMs()).toBe(6_000_000);
  });

  it('never goes back between two readings, whatever the device’s clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 })), (moves) => {
        const one = open();
        let before = one.nowMs();
        for (const move of moves) {
          deviceMs += move;
          expect(one.nowMs()).toBeGreaterThanOrEqual(before);
          before = one.nowMs();
        }
      }),
    );
  });
});
