/** The messages of a thread that are loaded, oldest first, and how changes and pages are merged into them. */
import { withoutQuotes } from '../disappearing/presence.ts';
import type { MessageChanges, MessagePage, MessageView, TransactionId } from '../sotto.ts';

export interface Timeline {
  readonly messages: readonly MessageView[];
  /** There are older ones that are not loaded. */
  readonly hasOlder: boolean;
  /** There are newer ones that are not loaded: it was opened somewhere in the middle. */
  readonly hasNewer: boolean;
}

/** Adds a page of older messages (or the first one, of whatever place). */
export function withPage(timeline: Timeline | null, page: MessagePage): Timeline {
  if (timeline === null) return page;
  return { ...timeline, messages: added(timeline, page), hasOlder: page.hasOlder };
}

/** Adds the page that follows what is loaded. */
export function withNewerPage(timeline: Timeline, page: MessagePage): Timeline {
  return { ...timeline, messages: added(timeline, page), hasNewer: page.hasNewer };
}

function added(timeline: Timeline, page: MessagePage): Timeline['messages'] {
  const known = new Set(timeline.messages.map((message) => message.messageId));
  const fresh = page.messages.filter((message) => !known.has(message.messageId));
  return inOrder([...fresh, ...timeline.messages]);
}

/**
 * Applies new and changed messages. One that lies before or after everything loaded, while there are others between
 * that are not, is left to its page: else there would be a gap.
 */
export function withChanges(timeline: Timeline, changes: MessageChanges): Timeline {
  if (changes.changed.length === 0 && changes.removed.length === 0) return timeline;
  const changed = new Map<TransactionId, MessageView>(
    changes.changed.map((message) => [message.messageId, message]),
  );
  const removed = new Set(changes.removed);
  const oldest = timeline.messages[0]?.order ?? Number.NEGATIVE_INFINITY;
  const newest = timeline.messages.at(-1)?.order ?? Number.POSITIVE_INFINITY;
  const messages: MessageView[] = [];
  for (const message of timeline.messages) {
    const replacement = changed.get(message.messageId);
    changed.delete(message.messageId);
    if (!removed.has(message.messageId)) messages.push(replacement ?? message);
  }
  for (const message of changed.values()) {
    if (removed.has(message.messageId)) continue;
    const isAfterGap = timeline.hasNewer && message.order > newest;
    if (!isAfterGap && (!timeline.hasOlder || message.order > oldest)) messages.push(message);
  }
  const left = withoutQuotes(inOrder(messages), removed);
  // Messages that disappear by the thousand are mostly not loaded: nothing is to be drawn anew for them.
  const isSame =
    left.length === timeline.messages.length && left.every((one, at) => one === timeline.messages[at]);
  return isSame ? timeline : { ...timeline, messages: left };
}

/** Without messages that wait for their time: they are in a list of their own. */
export function withoutScheduled(timeline: Timeline): Timeline {
  const waits = ({ state, sendAtMs }: MessageView): boolean => sendAtMs !== null && state === 'waiting';
  if (!timeline.messages.some(waits)) return timeline;
  return { ...timeline, messages: timeline.messages.filter((message) => !waits(message)) };
}

function inOrder(messages: MessageView[]): readonly MessageView[] {
  for (let index = 1; index < messages.length; index += 1) {
    if (messages[index - 1]!.order > messages[index]!.order)
      return messages.sort((a, b) => a.order - b.order);
  }
  return messages;
}
