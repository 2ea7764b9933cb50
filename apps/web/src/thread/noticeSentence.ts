import { durationWords } from '../disappearing/durationWords.ts';
import type { AccountId, Notice } from '../sotto.ts';
import { words } from '../words.ts';
import { groupChangeSentence } from './groupChangeSentence.ts';

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
    case 'disappeared':
      return sentences.disappeared;
    case 'timer': {
      const { accountId, username } = notice.account;
      const duration = notice.seconds === 0 ? null : durationWords(notice.seconds);
      if (accountId === own)
        return duration === null ? sentences.timerOffSelf : sentences.timerSelf(duration);
      return duration === null ? sentences.timerOff(username) : sentences.timer(username, duration);
    }
    case 'groupChanged':
      return [notice.change, ...(notice.also ?? [])]
        .map((change) => groupChangeSentence(change, notice.account, own))
        .join(' ');
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
