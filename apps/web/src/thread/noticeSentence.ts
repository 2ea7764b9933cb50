import type { AccountId, Notice } from '../sotto.ts';
import { words } from '../words.ts';

/** What a line by Sotto itself says to the account whose screen it is. */
export function noticeSentence(notice: Notice, own: AccountId | null): string {
  const { notice: sentences } = words.thread;
  switch (notice.kind) {
    case 'conversationStarted':
      return sentences.conversationStarted;
    case 'joinedLate':
      return sentences.joinedLate;
    case 'healed':
      return sentences.healed;
    case 'historyGap':
      return sentences.historyGap;
    case 'startedWithoutHistory':
    case 'deviceJoined':
    case 'deviceLeft':
    case 'historyOff':
    case 'historyOn':
    case 'historyStaysOff': {
      const { accountId, username } = notice.account;
      return accountId === own ? sentences[`${notice.kind}Self`] : sentences[notice.kind](username);
    }
  }
}
