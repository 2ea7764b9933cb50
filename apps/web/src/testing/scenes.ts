/** Named states of the fixture, to look at and to test. */
import type { AccountId, DeviceId } from '../sotto.ts';
import { alwaysMuted } from '../sotto.ts';
import { callChats } from './callScenes.ts';
import { disappearingChats, fleetingChats } from './disappearingScenes.ts';
import { type FixtureSeed, fixtureId, self } from './fixtureConversation.ts';
import { createFixtureSotto, type FixtureOptions } from './fixtureSotto.ts';
import { groupCallChats } from './groupCallScenes.ts';
import { groupChats } from './groupScenes.ts';
import { mediaChats } from './mediaScenes.ts';
import { messageChats, mixedChat } from './messageScenes.ts';

const signedIn = {
  kind: 'signedIn',
  accountId: self.accountId,
  deviceId: fixtureId<DeviceId>(9),
  username: self.username,
} as const;

function person(number: number, username: string): FixtureSeed['peer'] {
  return { accountId: fixtureId<AccountId>(number), username };
}

const vera = person(33, 'vera');
const chats: readonly FixtureSeed[] = [
  {
    peer: person(7, 'jonas'),
    online: true,
    unread: 2,
    lines: [
      { minutesAgo: 1600, body: { kind: 'notice', notice: { kind: 'conversationStarted' } } },
      { minutesAgo: 1595, body: 'Did the boat come back in one piece?' },
      { mine: true, minutesAgo: 1590, body: 'It did. One oar short, but nobody noticed until we were home.' },
      { mine: true, minutesAgo: 1589, body: 'The kids want to go again on Sunday.' },
      { minutesAgo: 1580, body: 'Of course they do.' },
      {
        minutesAgo: 200,
        body: 'I looked up the tide tables. High water is at 10:40, so we should leave the jetty before ten. Bring the long line and the blue bucket, and tell Ida that her jacket is still in my hall.',
      },
      {
        mine: true,
        minutesAgo: 190,
        body: 'Will do. Here is the spot I meant: https://maps.example/harbour/north-quay',
      },
      { mine: true, minutesAgo: 189, body: 'The one behind the crane, not the big one.' },
      { minutesAgo: 12, body: 'Perfect.' },
      { minutesAgo: 11, body: 'I will bring coffee and the good rolls.' },
    ],
    readUpTo: 8,
  },
  {
    peer: person(12, 'ida.lund'),
    typing: true,
    online: true,
    lines: [{ minutesAgo: 34, body: 'The rehearsal moved to seven' }],
  },
  {
    peer: person(15, 'theodora-papadimitriou-kalogeropo'.slice(0, 32)),
    lines: [
      { minutesAgo: 90, body: 'Can you read the last page?' },
      { mine: true, minutesAgo: 80, body: 'Reading it on the train. Answer tonight!' },
    ],
    readUpTo: 1,
  },
  {
    peer: self,
    draft: 'Call the school about',
    lines: [{ mine: true, minutesAgo: 300, body: 'Locker 214, the code is the old house number' }],
  },
  {
    peer: person(21, 'wren'),
    unread: 128,
    lines: [
      { minutesAgo: 1500, body: 'Photos from the weekend, as promised. There are a lot of them, sorry.' },
    ],
  },
  {
    peer: person(24, 'emil'),
    lines: [
      { minutesAgo: 4400, body: 'See you there' },
      { mine: true, minutesAgo: 4300, body: 'On my way' },
      { minutesAgo: 4200, body: { kind: 'unreadable', reason: 'damaged' } },
      { minutesAgo: 4190, body: { kind: 'notice', notice: { kind: 'healed' } } },
      { mine: true, minutesAgo: 4100, body: 'Did you get the message before this one?', state: 'sent' },
      { mine: true, minutesAgo: 3, body: 'I will try once more from here.', state: 'failed' },
      { mine: true, minutesAgo: 2, body: 'And this one waits for the connection.', state: 'waiting' },
    ],
    readUpTo: 2,
    deliveredUpTo: 4,
  },
  {
    peer: vera,
    historyOff: true,
    lines: [
      { minutesAgo: 4990, body: 'Train at six, platform nine' },
      { minutesAgo: 4980, body: { kind: 'notice', notice: { kind: 'historyGap' } } },
      { minutesAgo: 4970, body: { kind: 'notice', notice: { kind: 'historyOn', account: vera } } },
      { mine: true, minutesAgo: 4960, body: 'I am there at half past five' },
      { minutesAgo: 4950, body: { kind: 'notice', notice: { kind: 'historyOff', account: vera } } },
      { minutesAgo: 4940, body: 'Good. Locker code follows by phone' },
    ],
  },
  {
    peer: person(30, 'noor'),
    state: 'waiting',
    lines: [{ mine: true, minutesAgo: 5000, body: 'Hello from the ferry', state: 'waiting' }],
  },
  { peer: person(31, 'quiet'), lines: [] },
];

const long: FixtureSeed = {
  peer: person(40, 'long'),
  virtualCount: 100_000,
  lines: [{ minutesAgo: 1, body: 'The newest message of one hundred thousand' }],
};

const chatWith = (name: string): FixtureSeed => {
  const found = chats.find(({ peer }) => peer.username.startsWith(name));
  if (found === undefined) throw new Error(`No chat with ${name}`);
  return found;
};
/** Pinned, muted and archived ones, the archived last. */
const kept: readonly FixtureSeed[] = [
  { ...chatWith('jonas'), pinnedAtMs: 2 },
  { ...chatWith('wren'), mutedUntilMs: alwaysMuted },
  { ...chatWith('theodora'), pinnedAtMs: 1, mutedUntilMs: alwaysMuted },
  chatWith('ida'),
  { ...chatWith('emil'), archived: true },
  { ...chatWith('noor'), archived: true, unread: 1, mutedUntilMs: alwaysMuted },
];

/** One who is said to have started over, and one of whom that was believed. */
const renewed: readonly FixtureSeed[] = [
  { ...chatWith('jonas'), newIdentity: { account: person(50, 'jonas'), accepted: false, toldAtMs: 0 } },
  chatWith('ida'),
  {
    ...chatWith('theodora'),
    newIdentity: { account: chatWith('theodora').peer, accepted: true, toldAtMs: 0 },
  },
];

/** A chat that the server did not show to everybody alike. */
const forked: readonly FixtureSeed[] = [{ ...chatWith('jonas'), logForked: true }, chatWith('ida')];

/** A device that came a minute ago. */
const restoring = {
  messagesHere: 12_340,
  messagesInAll: 20_112,
  entriesHere: 15_000,
  entriesInAll: 24_450,
  state: 'fetching',
} as const;

/** A fixed moment, so that screenshots can be compared: 12 May 2026, 14:30 local time. */
const nowMs = new Date(2026, 4, 12, 14, 30).getTime();

const scenes: Record<string, () => FixtureOptions> = {
  chats: () => ({ session: signedIn, conversations: [...chats, long], nowMs: Date.now() }),
  shots: () => ({ session: signedIn, conversations: chats, nowMs }),
  restoring: () => ({ session: signedIn, conversations: chats, nowMs, history: restoring }),
  forked: () => ({
    session: signedIn,
    conversations: forked,
    nowMs,
    notices: [
      { kind: 'falseDeposit', account: vera, atMs: nowMs - 3_600_000 },
      { kind: 'keyringShortened', account: null, atMs: nowMs - 7_200_000 },
    ],
  }),
  messages: () => ({ session: signedIn, conversations: messageChats, nowMs }),
  mixed: () => ({ session: signedIn, conversations: [mixedChat, long], nowMs: Date.now() }),
  disappearing: () => ({
    session: signedIn,
    conversations: disappearingChats(Date.now()),
    nowMs: Date.now(),
  }),
  fleeting: () => ({ session: signedIn, conversations: fleetingChats, nowMs: Date.now() }),
  calls: () => ({ session: signedIn, conversations: callChats(), nowMs }),
  groupCalls: () => ({ session: signedIn, conversations: groupCallChats(nowMs), nowMs }),
  groups: () => ({ session: signedIn, conversations: groupChats(nowMs), nowMs }),
  media: () => ({ session: signedIn, conversations: mediaChats, nowMs }),
  kept: () => ({ session: signedIn, conversations: kept, nowMs }),
  allKept: () => ({ session: signedIn, conversations: kept.slice(4), nowMs }),
  empty: () => ({ session: signedIn, conversations: [], nowMs }),
  signedOut: () => ({ session: { kind: 'signedOut', lastUsername: null }, conversations: chats, nowMs }),
  closed: () => ({
    session: { kind: 'signedOut', lastUsername: null },
    conversations: [],
    nowMs,
    openRegistration: false,
  }),
  returning: () => ({ session: { kind: 'signedOut', lastUsername: 'maren' }, conversations: chats, nowMs }),
  starting: () => ({ session: { kind: 'starting' }, conversations: [], nowMs, delayMs: 1_000_000 }),
  newIdentity: () => ({ session: signedIn, conversations: renewed, nowMs }),
  accountClosed: () => ({
    session: { kind: 'stopped', reason: 'accountClosed' },
    conversations: [],
    nowMs,
  }),
  insecure: () => ({ session: { kind: 'stopped', reason: 'insecureContext' }, conversations: [], nowMs }),
  storage: () => ({ session: { kind: 'stopped', reason: 'storageUnavailable' }, conversations: [], nowMs }),
  corrupt: () => ({ session: { kind: 'stopped', reason: 'storageCorrupt' }, conversations: [], nowMs }),
  removed: () => ({ session: { kind: 'stopped', reason: 'deviceRemoved' }, conversations: [], nowMs }),
};

export function openScene(name: string): ReturnType<typeof createFixtureSotto> {
  const scene = scenes[name] ?? scenes.chats!;
  return createFixtureSotto(scene());
}
