import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageView } from '../sotto.ts';
import { firstUnreadOf, rowShape } from './rowShape.ts';
import { type Timeline, withChanges, withNewerPage, withPage } from './timeline.ts';

function message(order: number, change: Partial<MessageView> = {}): MessageView {
  return {
    messageId: `m${order}`,
    conversationId: 'c',
    order,
    sender: { accountId: 'ada', username: 'ada' },
    mine: false,
    sentAtMs: Date.UTC(2026, 4, 12, 12) + order * 1000,
    state: 'received',
    body: { kind: 'text', text: `${order}` },
    ...change,
  } as MessageView;
}
const orders = (timeline: Timeline): number[] => timeline.messages.map(({ order }) => order);

describe('a timeline', () => {
  it('holds the newest page, older pages before it, and changes in their places', () => {
    let timeline = withPage(null, { messages: [message(5), message(6)], hasOlder: true, hasNewer: false });
    timeline = withPage(timeline, {
      messages: [message(3), message(4), message(5)],
      hasOlder: true,
      hasNewer: false,
    });
    expect(orders(timeline)).toEqual([3, 4, 5, 6]);
    timeline = withChanges(timeline, { changed: [message(8), message(7)], removed: [] });
    expect(orders(timeline)).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it('moves a message that was accepted, and forgets a removed one', () => {
    const waiting = message(2 ** 40, { mine: true, state: 'waiting' });
    let timeline = withPage(null, { messages: [message(1), waiting], hasOlder: false, hasNewer: false });
    timeline = withChanges(timeline, { changed: [message(2)], removed: [] });
    timeline = withChanges(timeline, { changed: [{ ...waiting, order: 3, state: 'sent' }], removed: [] });
    expect(orders(timeline)).toEqual([1, 2, 3]);
    timeline = withChanges(timeline, { changed: [], removed: [message(2).messageId] });
    expect(orders(timeline)).toEqual([1, 3]);
  });

  it('stays the same one where what was removed is not loaded', () => {
    const timeline = withPage(null, { messages: [message(5), message(6)], hasOlder: true, hasNewer: false });
    const removed = [message(1).messageId, message(2).messageId];
    expect(withChanges(timeline, { changed: [], removed })).toBe(timeline);
    expect(withChanges(timeline, { changed: [message(1)], removed: [] })).toBe(timeline);
    expect(
      orders(withChanges(timeline, { changed: [], removed: [...removed, message(5).messageId] })),
    ).toEqual([6]);
  });

  it('leaves a change before everything loaded to its page', () => {
    const timeline = withPage(null, { messages: [message(50)], hasOlder: true, hasNewer: false });
    expect(orders(withChanges(timeline, { changed: [message(2)], removed: [] }))).toEqual([50]);
  });

  it('opened in the middle grows both ways, and leaves what comes after it to its page', () => {
    let timeline = withPage(null, { messages: [message(50)], hasOlder: true, hasNewer: true });
    timeline = withChanges(timeline, { changed: [message(90)], removed: [] });
    expect(orders(timeline)).toEqual([50]);
    timeline = withNewerPage(timeline, { messages: [message(51)], hasOlder: true, hasNewer: true });
    timeline = withPage(timeline, { messages: [message(49)], hasOlder: false, hasNewer: true });
    timeline = withNewerPage(timeline, { messages: [message(90)], hasOlder: true, hasNewer: false });
    timeline = withChanges(timeline, { changed: [message(91)], removed: [] });
    expect(timeline).toMatchObject({ hasOlder: false, hasNewer: false });
    expect(orders(timeline)).toEqual([49, 50, 51, 90, 91]);
  });

  it('is in order without doubles, however pages and changes come', () => {
    const batch = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 10 });
    fc.assert(
      fc.property(fc.array(fc.record({ kind: fc.constantFrom('page', 'changes'), batch })), (steps) => {
        let timeline = withPage(null, { messages: [], hasOlder: false, hasNewer: false });
        for (const step of steps) {
          const messages = [...new Set(step.batch)].map((order) => message(order));
          timeline =
            step.kind === 'page'
              ? withPage(timeline, { messages, hasOlder: false, hasNewer: false })
              : withChanges(timeline, { changed: messages, removed: [] });
        }
        const found = orders(timeline);
        expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
      }),
    );
  });
});

describe('a row', () => {
  it('joins its neighbours of the same sender within minutes, and is parted by day, sender and divider', () => {
    const list = [
      message(1),
      message(2),
      message(3, { mine: true }),
      message(4),
      message(5),
      message(6, { sentAtMs: Date.UTC(2026, 4, 14, 12) }),
    ];
    const shapes = list.map((_, index) => rowShape(list, index, 'm5'));
    expect(shapes.map(({ startsGroup }) => startsGroup)).toEqual([true, false, true, true, true, true]);
    expect(shapes.map(({ endsGroup }) => endsGroup)).toEqual([false, true, true, true, true, true]);
    expect(shapes.map(({ newDay }) => newDay)).toEqual([true, false, false, false, false, true]);
    expect(shapes.map(({ firstUnread }) => firstUnread)).toEqual([false, false, false, false, true, false]);
  });

  it('is the first unread one where it came from someone else after the last read', () => {
    const list = [message(1), message(2, { mine: true }), message(3)];
    expect(firstUnreadOf(list, 1)?.order).toBe(3);
    expect(firstUnreadOf(list, 3)).toBe(null);
  });
});
