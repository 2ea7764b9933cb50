/** Chats with calls in them: the lines that calls of every outcome leave. */
import type { AccountId, AccountView, CallId, CallLineView, MessageBodyView } from '../sotto.ts';
import type { FixtureSeed } from './fixtureConversation.ts';
import { fixtureId } from './fixtureIds.ts';

const person = (number: number, username: string): AccountView => ({
  accountId: fixtureId<AccountId>(number),
  username,
});
const jonas = person(7, 'jonas');
const ida = person(12, 'ida.lund');
const long = person(15, 'theodora-papadimitriou-kalogerop');

let made = 0;
function line(change: Partial<CallLineView>): MessageBodyView {
  made += 1;
  return {
    kind: 'call',
    call: {
      callId: fixtureId<CallId>(8000 + made),
      isIncoming: false,
      hasVideo: false,
      outcome: 'answered',
      isMissed: false,
      durationMs: null,
      ...change,
    },
  };
}

export function callChats(): readonly FixtureSeed[] {
  return [
    {
      peer: jonas,
      online: true,
      lines: [
        { minutesAgo: 3000, body: 'Shall we talk about Sunday?' },
        { mine: true, minutesAgo: 2990, body: line({ durationMs: 252_000 }) },
        { minutesAgo: 1500, body: line({ isIncoming: true, hasVideo: true, durationMs: 3_729_000 }) },
        { mine: true, minutesAgo: 1400, body: line({ outcome: 'unanswered' }) },
        { mine: true, minutesAgo: 1300, body: line({ outcome: 'declined', hasVideo: true }) },
        { minutesAgo: 300, body: line({ isIncoming: true, outcome: 'declined' }) },
        { mine: true, minutesAgo: 200, body: 'Sorry, in the theatre. I call back at ten.' },
        { mine: true, minutesAgo: 100, body: line({ outcome: 'failed' }) },
        {
          minutesAgo: 12,
          body: line({ isIncoming: true, hasVideo: true, outcome: 'cancelled', isMissed: true }),
        },
      ],
    },
    {
      peer: ida,
      unread: 1,
      lines: [{ minutesAgo: 34, body: line({ isIncoming: true, outcome: 'unanswered', isMissed: true }) }],
    },
    { peer: long, lines: [{ mine: true, minutesAgo: 80, body: line({ outcome: 'busy' }) }] },
  ];
}
