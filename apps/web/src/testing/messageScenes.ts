/** Chats in which everything is that people put into messages: a direct one and a group. */
import type {
  AccountId,
  AccountView,
  MentionView,
  ReactionView,
  ReplyView,
  TransactionId,
} from '../sotto.ts';
import type { FixtureSeed } from './fixtureConversation.ts';
import { fixtureId, self } from './fixtureIds.ts';

const person = (number: number, username: string): AccountView => ({
  accountId: fixtureId<AccountId>(number),
  username,
});
const jonas = person(7, 'jonas');
const ida = person(12, 'ida.lund');
const wren = person(21, 'wren');
const emil = person(24, 'emil');
const theodora = person(15, 'theodora-papadimitriou-kalogeropo'.slice(0, 32));

const gave = (emoji: string, ...accounts: AccountView[]): ReactionView => ({
  emoji,
  accounts,
  mine: accounts.includes(self),
});
/** An answer to the line at `place` of the scene's conversation `index`. */
const answers = (index: number, place: number, sender: AccountView, text: string): ReplyView => ({
  kind: 'message',
  messageId: fixtureId<TransactionId>(10_000_000 + index * 10_000 + place),
  order: place + 1,
  sender,
  text,
  attachment: null,
});
const names = (text: string, ...accounts: AccountView[]): readonly MentionView[] =>
  accounts.map((account) => {
    const start = text.indexOf(`@${account.username}`);
    return { start, end: start + account.username.length + 1, account };
  });

const plan =
  '**Saturday** at the north quay:\n- bring the *long* line\n- ~~the red bucket~~ the blue bucket\n- `knots.pdf` is in the folder\n> High water is at 10:40\nAnd the surprise: ||we sail to the island||';
const nasty = '<img src=x onerror=alert(1)>';
/** As many reactions as are shown at all. */
const flood = Array.from({ length: 64 }, (_, at) => gave(String.fromCodePoint(0x1f600 + at), emil, wren));
const called = '@maren where are you?';
const asked = '@maren can you call @ida.lund about the keys?';

export const messageChats: readonly FixtureSeed[] = [
  {
    peer: jonas,
    group: {
      title: 'Harbour crew',
      members: [jonas, ida, wren, emil, theodora],
      role: 'admin',
      rights: { pin: 'everyone' },
    },
    unread: 3,
    unreadMentions: 1,
    readUpTo: 9,
    lines: [
      { minutesAgo: 3000, body: { kind: 'notice', notice: { kind: 'conversationStarted' } } },
      { from: ida, minutesAgo: 1600, body: 'Who has the keys to the shed?' },
      {
        from: ida,
        minutesAgo: 1599,
        body: 'The small ones, with the blue tag.',
        with: { reactions: [gave('👀', emil, wren)] },
      },
      {
        mine: true,
        minutesAgo: 1590,
        body: 'They hang in my hall. I bring them on Saturday.',
        extras: { replyTo: answers(0, 1, ida, 'Who has the keys to the shed?') },
        with: { reactions: [gave('👍', ida, jonas, wren), gave('❤️', emil), gave('🎉', self)] },
      },
      { from: jonas, minutesAgo: 210, body: plan, with: { pinned: true, editedAtMs: 1 } },
      { from: wren, minutesAgo: 200, body: '🎉🎉' },
      { from: wren, minutesAgo: 199, body: { kind: 'deleted', by: wren } },
      {
        mine: true,
        minutesAgo: 190,
        body: 'The map: https://maps.example/harbour/north-quay and not https://maps.example@tides.example/quay',
        with: { starred: true, editedAtMs: 1 },
      },
      {
        mine: true,
        minutesAgo: 189,
        body: 'Here is who has said yes so far.',
        extras: { forwarded: true, silent: true },
      },
      {
        from: theodora,
        minutesAgo: 30,
        body: 'I come by train.',
        extras: { replyTo: { kind: 'deleted' } },
      },
      { from: jonas, minutesAgo: 12, body: asked, extras: { mentions: names(asked, self, ida) } },
      {
        from: jonas,
        minutesAgo: 11,
        body: 'The others are at http://localhost/#join=x',
        extras: {
          preview: {
            url: 'https://chat.example/#join=abc',
            title: 'Harbour crew: sailors only',
            description: '14 people',
            thumbnail: new Uint8Array(),
          },
        },
      },
    ],
  },
  {
    peer: ida,
    online: true,
    lines: [
      { minutesAgo: 90, body: 'Listen to this when you are alone: ||the boat is called Maren now||' },
      { mine: true, minutesAgo: 80, body: '😍' },
      { mine: true, minutesAgo: 79, body: Array.from({ length: 10_000 }, (_, at) => `${at + 1}`).join('\n') },
      { minutesAgo: 60, body: '\u200b\u200d\u2060' },
      { minutesAgo: 59, body: 'price: \u202e00,1\u202c or \u2067שלום\u2069 and then latin again' },
      {
        minutesAgo: 50,
        body: 'I do not know what you answered here.',
        extras: { replyTo: { kind: 'missing' } },
      },
      { mine: true, minutesAgo: 1, body: 'The rehearsal is at seven, the door is open from six.' },
    ],
  },
  {
    peer: wren,
    group: { title: 'Busy crew', members: [wren, jonas, emil], role: 'member' },
    unread: 52,
    unreadMentions: 1,
    lines: Array.from({ length: 60 }, (_, at) => ({
      from: [wren, jonas, emil][at % 3]!,
      minutesAgo: 30_000 - at * 480,
      body: at === 45 ? called : `Line ${at + 1} of many`,
      extras: at === 45 ? { mentions: names(called, self) } : {},
    })),
  },
  { peer: emil, lines: [{ minutesAgo: 400, body: 'See you there' }] },
  {
    peer: theodora,
    lines: [
      {
        minutesAgo: 900,
        body: `**${nasty}** \`${nasty}\` ||${nasty}||\n> ${nasty}\n- ${nasty}`,
        with: { reactions: flood, editedAtMs: 1, pinned: true },
        extras: {
          replyTo: answers(5, 0, { ...emil, username: nasty }, nasty),
          mentions: [{ start: 2, end: 20, account: null }],
          preview: {
            url: 'javascript:alert(1)//https://example.org',
            title: nasty,
            description: nasty,
            thumbnail: new TextEncoder().encode('<svg onload=alert(1)>'),
          },
        },
      },
      {
        minutesAgo: 899,
        body: 'A preview of a page',
        extras: {
          preview: {
            url: 'https://example.org/a',
            title: nasty,
            description: `\u202e${nasty}`,
            thumbnail: new Uint8Array(),
          },
        },
      },
    ],
  },
  { peer: self, lines: [{ mine: true, minutesAgo: 300, body: 'Locker 214' }] },
];

/** A hundred thousand messages of a group: long and short, answers, reactions, styles, and pictures. */
export const mixedChat: FixtureSeed = {
  peer: jonas,
  group: { title: 'mixed', members: [jonas, ida, wren, emil], role: 'member' },
  virtualCount: 100_000,
  lines: [{ from: ida, minutesAgo: 1, body: 'The newest message of the mixed ones' }],
};
