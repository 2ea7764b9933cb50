/** How a message stands among its neighbours: what separates it, and how its bubble joins theirs. */
import type { MessageView } from '../sotto.ts';

const groupGapMs = 5 * 60_000;

export interface RowShape {
  /** A new day begins here. */
  readonly newDay: boolean;
  /** The first message not read yet when the thread was opened. */
  readonly firstUnread: boolean;
  readonly startsGroup: boolean;
  readonly endsGroup: boolean;
}

/** `firstUnreadId`: the message above which the divider stands. */
export function rowShape(
  messages: readonly MessageView[],
  index: number,
  firstUnreadId: string | null,
): RowShape {
  const message = messages[index]!;
  const before = messages[index - 1];
  const after = messages[index + 1];
  return {
    newDay: before === undefined || !sameDay(before, message),
    firstUnread: message.messageId === firstUnreadId,
    startsGroup: before === undefined || message.messageId === firstUnreadId || !joined(before, message),
    endsGroup: after === undefined || after.messageId === firstUnreadId || !joined(message, after),
  };
}

/** The first received message after `readOrder`; null where all is read. */
export function firstUnreadOf(messages: readonly MessageView[], readOrder: number): MessageView | null {
  return (
    messages.find(
      (message) => message.order > readOrder && !message.mine && message.body.kind !== 'notice',
    ) ?? null
  );
}

function joined(a: MessageView, b: MessageView): boolean {
  return (
    a.body.kind !== 'notice' &&
    b.body.kind !== 'notice' &&
    a.mine === b.mine &&
    a.sender.accountId === b.sender.accountId &&
    Math.abs(b.sentAtMs - a.sentAtMs) < groupGapMs &&
    sameDay(a, b)
  );
}

function sameDay(a: MessageView, b: MessageView): boolean {
  if (Math.abs(a.sentAtMs - b.sentAtMs) > 25 * 3_600_000) return false;
  const one = new Date(a.sentAtMs);
  const other = new Date(b.sentAtMs);
  return one.getDate() === other.getDate() && one.getMonth() === other.getMonth();
}
