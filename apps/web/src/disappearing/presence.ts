/** Which of the messages that a page holds are still there, and what is left of those that quote others. */
import type { MessageView, TransactionId } from '../sotto.ts';
import { isOver } from './deadlines.ts';

export type Timed = Pick<MessageView, 'messageId' | 'timer'>;

/** The earliest deadline that is still to come; null: there is none. */
export function nextDeadlineMs(messages: readonly Timed[], nowMs: number): number | null {
  let next: number | null = null;
  for (const { timer } of messages) {
    const atMs = timer?.expiresAtMs ?? null;
    if (atMs !== null && !isOver(atMs, nowMs) && (next === null || atMs < next)) next = atMs;
  }
  return next;
}

/** Without those whose time is over; the same list where there are none. */
function withoutOver<Message extends Timed>(messages: readonly Message[], nowMs: number): readonly Message[] {
  const isThere = ({ timer }: Message): boolean => !isOver(timer?.expiresAtMs, nowMs);
  return messages.every(isThere) ? messages : messages.filter(isThere);
}

/** Of messages that stay: what they quote of `gone` ones does not. The same list where none does. */
export function withoutQuotes(
  messages: readonly MessageView[],
  gone: ReadonlySet<TransactionId>,
): readonly MessageView[] {
  if (gone.size === 0) return messages;
  let isChanged = false;
  const left = messages.map((message): MessageView => {
    const { body } = message;
    if (body.kind !== 'text' || body.replyTo?.kind !== 'message') return message;
    if (!gone.has(body.replyTo.messageId)) return message;
    isChanged = true;
    return { ...message, body: { ...body, replyTo: { kind: 'missing' } } };
  });
  return isChanged ? left : messages;
}

/** The messages of a thread as they may be shown: none whose time is over, and nothing quoted of them. */
export function shownMessages(messages: readonly MessageView[], nowMs: number): readonly MessageView[] {
  const left = withoutOver(messages, nowMs);
  if (left === messages) return messages;
  const kept = new Set(left);
  const gone = messages.filter((message) => !kept.has(message)).map(({ messageId }) => messageId);
  return withoutQuotes(left, new Set(gone));
}
