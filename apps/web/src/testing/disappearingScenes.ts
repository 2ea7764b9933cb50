/** Chats whose messages disappear: before their time began, while it runs, and what may stand about their timers. */
import type { AccountId, AccountView, TransactionId } from '../sotto.ts';
import type { FixtureSeed } from './fixtureConversation.ts';
import { fixtureId, self } from './fixtureIds.ts';
import { attachment, media } from './fixtureMedia.ts';

const person = (number: number, username: string): AccountView => ({
  accountId: fixtureId<AccountId>(number),
  username,
});
const jonas = person(7, 'jonas');
const ida = person(12, 'ida.lund');
const wren = person(21, 'wren');
const emil = person(24, 'emil');
const vera = person(33, 'vera');

const dayMs = 86_400_000;
const photo = attachment({ kind: 'photo', name: 'quay', width: 1200, height: 900, mediaType: 'image/webp' });
const voice = attachment({ kind: 'voice', name: 'Voice.wav', durationMs: 9000 });

/** A quarter of its time is left, however long it is looked at. */
const running = (nowMs: number, seconds = 4 * 7 * 86_400) => ({
  timer: { seconds, expiresAtMs: nowMs + (seconds * 1000) / 4 },
});

export function disappearingChats(nowMs: number): readonly FixtureSeed[] {
  const waits = (seconds: number) => ({ timer: { seconds, expiresAtMs: null } });
  return [
    {
      peer: jonas,
      online: true,
      timerSeconds: 30,
      lines: [
        { minutesAgo: 90, body: { kind: 'notice', notice: { kind: 'disappeared' } } },
        { mine: true, minutesAgo: 80, body: 'This one stays: it was sent before.' },
        { minutesAgo: 70, body: { kind: 'notice', notice: { kind: 'timer', account: jonas, seconds: 30 } } },
        { minutesAgo: 60, body: 'The code for the gate is 4711', with: running(nowMs) },
        {
          mine: true,
          minutesAgo: 50,
          body: 'Written down, thank you.',
          extras: {
            replyTo: {
              kind: 'message',
              messageId: fixtureId<TransactionId>(10_000_003),
              order: 4,
              sender: jonas,
              text: 'The code for the gate is 4711',
              attachment: null,
            },
          },
        },
        { mine: true, minutesAgo: 40, body: 'And the alarm?', with: running(nowMs) },
        { minutesAgo: 30, body: media([photo], 'The quay tonight'), with: running(nowMs) },
        { minutesAgo: 29, body: media([voice]), with: running(nowMs) },
        { minutesAgo: 20, body: 'Off until nine', with: { ...running(nowMs), pinned: true } },
        {
          mine: true,
          minutesAgo: 10,
          body: 'On its way while there is no connection',
          state: 'waiting',
          with: waits(30),
        },
      ],
    },
    {
      peer: ida,
      timerSeconds: 0,
      timerWish: { wanted: 300, problem: null },
      lines: [
        { mine: true, minutesAgo: 300, body: 'Shall we let this disappear?' },
        { minutesAgo: 200, body: 'Good idea', with: waits(dayMs / 1000) },
      ],
    },
    {
      peer: wren,
      timerSeconds: 86_400,
      group: { title: 'Night watch', members: [wren, emil, vera], role: 'member' },
      lines: [
        {
          minutesAgo: 400,
          body: { kind: 'notice', notice: { kind: 'timer', account: wren, seconds: 86_400 } },
        },
        { from: emil, minutesAgo: 390, body: 'North side is quiet', with: running(nowMs) },
        { mine: true, minutesAgo: 380, body: 'South side, too', with: running(nowMs) },
      ],
    },
    {
      peer: vera,
      timerSeconds: 90,
      group: { title: 'Harbour office', members: [vera, emil], role: 'member' },
      timerWish: { wanted: 5, problem: { kind: 'notAllowed' } },
      lines: [
        { minutesAgo: 500, body: { kind: 'notice', notice: { kind: 'timer', account: self, seconds: 0 } } },
        { from: vera, minutesAgo: 490, body: 'Open from six' },
      ],
    },
    { peer: emil, lines: [{ minutesAgo: 4000, body: 'See you there' }] },
  ];
}

const fleeting = (peer: AccountView, after: readonly string[]): FixtureSeed => ({
  peer,
  lines: ['This stays.', ...Array.from({ length: 300 }, () => 'Gone soon'), ...after].map((body, at) => ({
    minutesAgo: 200 - at,
    body,
  })),
});

/** More than a page of messages that can be made to disappear, after one that stays; and before others that do. */
export const fleetingChats: readonly FixtureSeed[] = [
  fleeting(jonas, []),
  fleeting(ida, ['One more', 'And another', 'And the last']),
];
