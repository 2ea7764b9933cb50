/** Groups of the fixture: one to run, one of a thousand, one that others run, and those that have ended. */
import type { AccountId, AccountView } from '../sotto.ts';
import type { FixtureSeed } from './fixtureConversation.ts';
import { fixtureId } from './fixtureIds.ts';

function person(number: number, username: string): AccountView {
  return { accountId: fixtureId<AccountId>(number), username };
}

const jonas = person(7, 'jonas');
const ida = person(12, 'ida.lund');
const wren = person(21, 'wren');
const vera = person(33, 'vera');
const theodora = person(15, 'theodora-papadimitriou-kalogeropo'.slice(0, 32));
const noor = person(30, 'noor');
const odile = person(77, 'odile');
const hourMs = 3_600_000;

const many: readonly AccountView[] = Array.from({ length: 999 }, (_, at) =>
  person(5000 + at, `${['anka', 'bruno', 'cleo', 'dario', 'edda', 'femke', 'gus'][at % 7]}.${at + 1}`),
);

export function groupChats(nowMs: number): readonly FixtureSeed[] {
  return [
    {
      peer: jonas,
      unread: 3,
      unreadMentions: 1,
      group: {
        title: 'Harbour rowing',
        description: 'Tuesdays and Sundays, at the north quay.\nWho is late brings the rolls.',
        role: 'owner',
        members: [jonas, ida, wren, vera, theodora],
        admins: [jonas],
        typingBy: [ida, wren],
        invites: [
          {
            inviteId: fixtureId(8001),
            link: `${fixtureId(8101)}${fixtureId(8102)}`,
            // Works whenever it is looked at.
            expiresAtMs: new Date(2099, 4, 18, 14, 30).getTime(),
            needsApproval: true,
            singleUse: false,
          },
          {
            inviteId: fixtureId(8002),
            link: null,
            expiresAtMs: nowMs + 5 * hourMs,
            needsApproval: false,
            singleUse: true,
          },
        ],
        requests: [
          { account: noor, atMs: nowMs - hourMs },
          { account: odile, atMs: nowMs - 30 * hourMs },
        ],
      },
      lines: [
        {
          mine: true,
          minutesAgo: 2000,
          body: {
            kind: 'notice',
            notice: { kind: 'groupChanged', account: person(1, 'maren'), change: { kind: 'created' } },
          },
        },
        {
          minutesAgo: 1999,
          body: {
            kind: 'notice',
            notice: {
              kind: 'groupChanged',
              account: person(1, 'maren'),
              change: { kind: 'added', accounts: [wren, vera], seesEarlier: false },
            },
          },
        },
        {
          minutesAgo: 1990,
          body: {
            kind: 'notice',
            notice: {
              kind: 'groupChanged',
              account: jonas,
              change: { kind: 'renamed', name: 'Harbour rowing' },
            },
          },
        },
        { minutesAgo: 1600, from: jonas, body: 'Did the boat come back in one piece?' },
        { minutesAgo: 1598, from: jonas, body: 'All of the oars, too?' },
        { minutesAgo: 1597, from: wren, body: 'One short. Nobody noticed until we were home.' },
        { mine: true, minutesAgo: 1590, body: 'I have it. It was in the reeds.' },
        { minutesAgo: 24, from: vera, body: 'High water is at 10:40 on Sunday, so we leave before ten.' },
        { minutesAgo: 12, from: ida, body: 'I am in.' },
        { minutesAgo: 11, from: jonas, body: '@maren, will you bring the long line and the blue bucket?' },
      ],
    },
    {
      peer: many[0]!,
      group: {
        title: 'Everyone on the island',
        role: 'member',
        members: many,
        admins: many.slice(1, 6),
        rights: { send: 'admins' },
        sharesHistory: true,
        changes: [
          { changeId: 'one', kind: 'add', account: noor, failed: null },
          { changeId: 'two', kind: 'details', account: null, failed: { kind: 'notAllowed' } },
        ],
      },
      lines: [{ minutesAgo: 240, body: 'The ferry at four is cancelled. The next one leaves at six.' }],
    },
    {
      peer: ida,
      group: { title: 'Choir', role: 'member', members: [ida, theodora, vera], ended: 'removed' },
      lines: [
        { minutesAgo: 3000, body: 'The rehearsal moved to seven' },
        {
          minutesAgo: 2900,
          body: {
            kind: 'notice',
            notice: {
              kind: 'groupChanged',
              account: ida,
              change: { kind: 'removed', accounts: [person(1, 'maren')] },
            },
          },
        },
      ],
    },
    {
      peer: wren,
      group: { title: 'Summer house', role: 'owner', members: [wren], ended: 'deleted' },
      lines: [{ minutesAgo: 9000, body: 'Keys are with the neighbour' }],
    },
    { peer: jonas, online: true, lines: [{ minutesAgo: 40, body: 'See you at the quay' }] },
    { peer: ida, lines: [{ minutesAgo: 60, body: 'Yes' }] },
    { peer: wren, lines: [{ minutesAgo: 70, body: 'Photos are on the way' }] },
    { peer: noor, lines: [{ minutesAgo: 5000, body: 'Hello from the ferry' }] },
  ];
}
