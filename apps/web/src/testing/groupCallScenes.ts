/** Groups with calls in them: a small one that rings, a large one that does not, and the lines that calls leave. */
import type { AccountId, AccountView, CallId, GroupCallLineView, MessageBodyView } from '../sotto.ts';
import type { FixtureSeed } from './fixtureConversation.ts';
import { fixtureId, self } from './fixtureIds.ts';

const person = (number: number, username: string): AccountView => ({
  accountId: fixtureId<AccountId>(number),
  username,
});
const jonas = person(7, 'jonas');
const ida = person(12, 'ida.lund');
const wren = person(21, 'wren');
const vera = person(33, 'vera');
const long = person(15, 'theodora-papadimitriou-kalogerop');
const noor = person(30, 'noor');
const many = Array.from({ length: 41 }, (_, at) => person(5000 + at, `member.${at + 1}`));

let made = 0;
function line(startedBy: AccountView, change: Partial<GroupCallLineView> = {}): MessageBodyView {
  made += 1;
  return {
    kind: 'groupCall',
    call: {
      callId: fixtureId<CallId>(8500 + made),
      startedBy,
      hasVideo: false,
      isOpen: false,
      durationMs: 252_000,
      peopleCount: 4,
      isMissed: false,
      ...change,
    },
  };
}

export function groupCallChats(nowMs: number): readonly FixtureSeed[] {
  return [
    {
      peer: jonas,
      group: {
        title: 'Harbour rowing',
        role: 'owner',
        members: [jonas, ida, wren, vera, long],
        requests: [{ account: noor, atMs: nowMs - 60_000 }],
      },
      lines: [
        { minutesAgo: 3000, from: jonas, body: 'Shall we talk about Sunday?' },
        { minutesAgo: 2990, from: jonas, body: line(jonas) },
        {
          mine: true,
          minutesAgo: 1500,
          body: line(self, { hasVideo: true, durationMs: 3_729_000, peopleCount: 6 }),
        },
        { minutesAgo: 300, from: ida, body: line(ida, { hasVideo: true, isMissed: true }) },
        { minutesAgo: 12, from: wren, body: 'High water is at 10:40.' },
      ],
    },
    {
      peer: many[0] ?? jonas,
      group: { title: 'Everyone on the island', role: 'member', members: many },
      lines: [{ minutesAgo: 240, body: 'The ferry at four is cancelled.' }],
    },
    { peer: jonas, online: true, lines: [{ minutesAgo: 40, body: 'See you at the quay' }] },
    { peer: ida, lines: [{ minutesAgo: 60, body: 'Yes' }] },
    { peer: wren, lines: [{ minutesAgo: 70, body: 'Photos are on the way' }] },
  ];
}
