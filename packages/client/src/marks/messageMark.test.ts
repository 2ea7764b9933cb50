import type { AccountId, ConversationId, TransactionId } from '@sotto/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { alwaysMuted } from '../api.ts';
import { type MessageMark, mergeMarks } from './messageMark.ts';

const mark: fc.Arbitrary<MessageMark> = fc.record({
  logId: fc.constant('c0'.repeat(16) as ConversationId),
  message: fc.constant({
    accountId: 'a0'.repeat(16) as AccountId,
    transactionId: 'b0'.repeat(16) as TransactionId,
  }),
  starChangedMs: fc.constantFrom(0, 1, 2, 1_700_000_000_000, alwaysMuted - 1, alwaysMuted),
  starred: fc.boolean(),
  hidden: fc.boolean(),
});

it('comes to the same on every device, in whatever order changes of a message reach it', () => {
  fc.assert(
    fc.property(mark, mark, mark, (a, b, c) => {
      expect(mergeMarks(a, b)).toEqual(mergeMarks(b, a));
      expect(mergeMarks(mergeMarks(a, b), c)).toEqual(mergeMarks(a, mergeMarks(b, c)));
      expect(mergeMarks(a, a)).toEqual(a);
    }),
  );
});
