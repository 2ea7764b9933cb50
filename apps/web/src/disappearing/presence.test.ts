import { describe, expect, it } from 'vitest';
import { type MessageView, plainText, type TransactionId, untouched } from '../sotto.ts';
import { nextDeadlineMs, shownMessages, withoutQuotes } from './presence.ts';

const nowMs = 1_000_000;

function message(id: string, expiresAtMs: number | null | undefined, quotes?: string): MessageView {
  const sender = { accountId: 'a', username: 'jonas' } as MessageView['sender'];
  const replyTo =
    quotes === undefined
      ? null
      : {
          kind: 'message' as const,
          messageId: quotes as TransactionId,
          order: 1,
          sender,
          text: 'secret',
          attachment: null,
        };
  return {
    messageId: id as TransactionId,
    conversationId: 'c' as MessageView['conversationId'],
    order: 1,
    sender,
    mine: false,
    sentAtMs: 0,
    state: 'received',
    body: { kind: 'text', text: id, ...plainText, replyTo },
    ...untouched,
    timer: expiresAtMs === undefined ? null : { seconds: 5, expiresAtMs },
  };
}

describe('messages that are shown', () => {
  it('are those that stay, wait, or have time left, in the same list where nothing is over', () => {
    const stays = message('stays', undefined);
    const waits = message('waits', null);
    const runs = message('runs', nowMs + 5000);
    const over = message('over', nowMs);
    const all = [stays, waits, runs];
    expect(shownMessages(all, nowMs)).toBe(all);
    expect(shownMessages([...all, over], nowMs)).toEqual(all);
    expect(shownMessages([...all, over], nowMs + 5000)).toEqual([stays, waits]);
  });

  it('quote nothing of one that is over', () => {
    const over = message('over', nowMs - 1);
    const answer = message('answer', undefined, 'over');
    const other = message('other', undefined, 'elsewhere');
    const [left, same] = shownMessages([over, answer, other], nowMs);
    expect(left?.body).toMatchObject({ text: 'answer', replyTo: { kind: 'missing' } });
    expect(same).toBe(other);
    const unchanged = [other];
    expect(withoutQuotes(unchanged, new Set(['over' as TransactionId]))).toBe(unchanged);
  });

  it('are looked at again at the next deadline that is to come', () => {
    const all = [message('a', nowMs + 9000), message('b', nowMs + 5000), message('c', nowMs - 5000)];
    expect(nextDeadlineMs(all, nowMs)).toBe(nowMs + 5000);
    expect(nextDeadlineMs(all, nowMs + 9000)).toBe(null);
    expect(nextDeadlineMs([message('d', null), message('e', undefined)], nowMs)).toBe(null);
  });
});
