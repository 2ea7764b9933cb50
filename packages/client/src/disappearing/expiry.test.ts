/** Very many messages that disappear at once (spec/disappearing.md, "Gone"). */
import { beforeEach, describe, expect, it } from 'vitest';
import { fillDisappearing } from '../testing/fillDisappearing.ts';
import { type TestDevice, TestWorld } from '../testing/testWorld.ts';

const count = 1_700;
const soonMs = 60_000;
let world: TestWorld;
let device: TestDevice;

/** A device that was closed while its conversation was filled; `spanMs`: from the first deadline to the last. */
async function openFilled(spanMs: number): Promise<void> {
  await device.crash();
  device.disk.repair();
  await fillDisappearing(device.disk.open(), {
    count,
    spanMs,
    leadMs: world.clock.now() + soonMs - Date.now(),
  });
  device.disk.repair();
  await device.start();
  await device.online();
}

beforeEach(async () => {
  world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const ben = await world.addAccount('ben');
  device = await anna.addDevice();
  const other = await ben.addDevice();
  await other.online();
  await device.online();
  await device.meet(ben);
});

describe('messages whose time is over at once', () => {
  it('let others have their turn, and tell the list of it twice', async () => {
    await openFilled(0);
    const { conversationId } = device.conversations[0]!;
    let [removed, told, removedAtTurn] = [0, 0, -1];
    device.api.watch({ kind: 'messages', conversationId }, (changes) => {
      removed += changes.removed.length;
      if (removed > 0 && removedAtTurn < 0) {
        removedAtTurn = 0;
        world.clock.schedule(0, () => {
          removedAtTurn = removed;
        });
      }
    });
    await world.clock.pass(soonMs / 2);
    device.api.watch({ kind: 'conversations' }, () => {
      told += 1;
    });
    await world.clock.until(() => removed === count, 'all are gone');
    expect(removedAtTurn).toBeLessThan(count);
    // The present value, after the first of them, and after the last.
    expect(told).toBe(3);
    expect(device.conversations[0]?.lastMessage?.body).not.toMatchObject({ kind: 'text' });
    expect(device.disk.rows('SELECT count(*) AS n FROM message_change')).toEqual([{ n: 0 }]);
    expect(device.disk.rows('SELECT count(*) AS n FROM reaction')).toEqual([{ n: 0 }]);
  });

  it('leave pages of what stays, though they are not deleted yet', async () => {
    await device.api.sendText(device.conversations[0]!.conversationId, 'this stays');
    await world.clock.until(() => device.conversations[0]?.lastMessage?.state === 'sent', 'it is sent');
    await openFilled(0);
    const { conversationId } = device.conversations[0]!;
    const texts = async () => {
      const { messages } = await device.api.readMessages({ conversationId, limit: 20 });
      return messages.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : []));
    };
    expect(await texts()).not.toContain('this stays');
    let shown: Promise<string[]> | null = null;
    device.api.watch({ kind: 'messages', conversationId }, ({ removed }) => {
      if (removed.length > 0) shown ??= texts();
    });
    await world.clock.until(() => shown !== null, 'some are gone');
    expect(await shown).toEqual(['this stays']);
  });

  it('are overwritten in the journal in the end, which is tried less and less often meanwhile', async () => {
    await openFilled(0);
    device.disk.canSettle = false;
    await world.clock.pass(soonMs + 10_000);
    expect(device.disk.rows('SELECT 1 FROM message WHERE timer_seconds > 0')).toEqual([]);
    const tries = device.disk.settles;
    await world.clock.pass(10 * 60_000);
    expect(device.disk.settles - tries).toBeGreaterThan(5);
    expect(device.disk.settles - tries).toBeLessThan(20);
    device.disk.canSettle = true;
    const failed = device.disk.settles;
    await world.clock.pass(61_000);
    expect(device.disk.settles - failed).toBe(1);
    await world.clock.pass(10 * 60_000);
    expect(device.disk.settles - failed).toBe(1);
  });

  it('share deletions when their deadlines follow one another', async () => {
    await openFilled(4_000);
    const { conversationId } = device.conversations[0]!;
    let [removed, told] = [0, 0];
    device.api.watch({ kind: 'messages', conversationId }, (changes) => {
      removed += changes.removed.length;
      if (changes.removed.length > 0) told += 1;
    });
    await world.clock.until(() => removed === count, 'all are gone');
    expect(told).toBeLessThan(25);
  });
});
