import { describe, expect, it } from 'vitest';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { ChoiceTurns } from './choiceTurns.ts';

const keys = [1, 2, 3, 4, 5] as ConversationKey[];

describe('turns of choices', () => {
  /** Works through all keys; those in `unable` never get as far as asking for their turn when they are woken. */
  function run(unable: readonly number[]): { done: number[]; most: number } {
    const done: number[] = [];
    const busy: ConversationKey[] = [];
    let most = 0;
    const woken: ConversationKey[] = [];
    const turns = new ChoiceTurns((key) => woken.push(key));
    const ask = (key: ConversationKey): void => {
      if (turns.take(key)) busy.push(key);
      else turns.end(key);
      most = Math.max(most, busy.length);
    };
    for (const key of keys) ask(key);
    while (busy.length > 0 || woken.length > 0) {
      const next = woken.shift();
      if (next !== undefined) {
        if (unable.includes(next)) turns.end(next);
        else ask(next);
        continue;
      }
      const finished = busy.shift()!;
      done.push(finished);
      turns.end(finished);
    }
    return { done: done.sort(), most };
  }

  it('come to all, two at once', () => {
    expect(run([])).toEqual({ done: [1, 2, 3, 4, 5], most: 2 });
  });

  it('go on past those that cannot use theirs', () => {
    expect(run([3, 4])).toEqual({ done: [1, 2, 5], most: 2 });
  });
});
