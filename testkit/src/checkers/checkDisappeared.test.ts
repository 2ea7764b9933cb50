/** The checker of disappearing messages finds each fault that it is for, and takes for none what no device can know. */
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { checkDisappeared } from './checkDisappeared.ts';
import type { Observation, Sighting } from './observation.ts';

const idOf = (letter: string) => letter.repeat(32);
const [alice, bob] = [idOf('a') as AccountId, idOf('b') as AccountId];
const names = ['A1', 'A2', 'B1', 'B2', 'B3'] as const;
type Name = (typeof names)[number];
const deviceOf = (name: Name) => name.toLowerCase().repeat(16) as DeviceId;
const accountOf = (name: Name) => (name.startsWith('A') ? alice : bob);
const conversationId = idOf('c') as ConversationId;
const messageId = idOf('1') as TransactionId;
const dayMs = 24 * 3_600_000;

type Mutable<T> = T extends string | number | boolean | null
  ? T
  : T extends readonly (infer I)[]
    ? Mutable<I>[]
    : { -readonly [K in keyof T]: Mutable<T[K]> };

/**
 * Alice's phone says something at 1 s, under a timer of 10 s; Bob looks at it on his phone at 5 s, and his tablet knows it at
 * 6 s. B3 comes at 7 s, when it is too late for it.
 */
function good() {
  const sighting = (knownMs: number, goneMs: number): Mutable<Sighting> => ({
    messageId,
    conversationId,
    firstMs: 1500,
    lastStoredMs: goneMs - 500,
    lastShownMs: goneMs - 500,
    knownMs,
    goneMs,
    isDeleted: false,
  });
  const device = (name: Name, own: Mutable<Sighting>[]) => ({
    name,
    deviceId: deviceOf(name),
    accountId: accountOf(name),
    running: [{ fromMs: 0, toMs: 100_000, isAfterSleep: false }],
    onlineMs: [0],
    clockMoves: [] as { atMs: number; byMs: number }[],
    looks: name === 'B1' ? [{ conversationId, order: 2, askedMs: 4990, doneMs: 5000 }] : [],
    cursors: [{ conversationId, seq: 2, atMs: 1500 }],
    sightings: own,
    onDisk: [] as TransactionId[],
  });
  const shown = (name: Name) => ({
    conversationId,
    ended: null as 'left' | null,
    group: { timerSeconds: 10 },
    timer: { seconds: 10, isWaiting: false },
    peerAccount: name.startsWith('A') ? bob : alice,
    messages: [] as { messageId: TransactionId; body: { kind: 'text' } }[],
  });
  const commit = { seq: 1, acceptedAtMs: 500, kind: 'commit' as const, messageId: idOf('2'), epoch: 0 };
  const rest = { isPassing: false, hasContent: false, kept: false, accountsAdded: [], accountsRemoved: [] };
  const sender = deviceOf('A1');
  const added = [deviceOf('A2'), deviceOf('B1'), deviceOf('B2')];
  const join = { ...commit, seq: 3, acceptedAtMs: 7000, messageId: idOf('3'), epoch: 1 };
  return {
    sent: [{ messageId, sender, senderAccount: alice, isLast: false, wantedTimer: 10 as number | null }],
    logs: [
      {
        conversationId,
        kind: 'direct' as const,
        firstSeqs: {},
        accounts: [alice, bob],
        epoch: 2,
        entries: [
          { ...commit, ...rest, sender, added, removed: [] },
          {
            ...{ ...commit, ...rest, sender, added: [], removed: [] },
            ...{ seq: 2, acceptedAtMs: 1000, kind: 'message' as const, messageId, epoch: 1, isPassing: true },
          },
          { ...join, ...rest, sender: deviceOf('B3'), added: [], removed: [] },
        ],
      },
    ],
    devices: names.map((name) => ({
      name,
      deviceId: deviceOf(name),
      accountId: accountOf(name),
      sabotaged: false,
      conversations: [shown(name)],
    })),
    gone: [],
    disappearing: {
      endMs: 100_000,
      probeMs: 500,
      lagMs: 20,
      quietMs: [8000],
      policies: [{ conversationId, epoch: 1, seconds: 10 }],
      wishes: [{ device: sender, conversationId, seconds: 10 }],
      defaults: [] as { device: DeviceId; account: AccountId; seconds: number; doneMs: number }[],
      begun: [{ device: sender, conversationId, askedMs: 400 }],
      devices: [
        device('A1', [sighting(1500, 11_500)]),
        device('A2', [sighting(1500, 11_500)]),
        device('B1', [sighting(5500, 15_500)]),
        device('B2', [sighting(6000, 15_500)]),
        device('B3', []),
      ],
    },
  };
}

type Good = ReturnType<typeof good>;

function kinds(change: (observation: Good) => void = () => undefined): string[] {
  const observation = good();
  change(observation);
  // What this checker does not look at is left out.
  const found = checkDisappeared(observation as unknown as Observation);
  return [...new Set(found.map(({ kind }) => kind))];
}

const watched = (observation: Good, name: Name) => observation.disappearing.devices[names.indexOf(name)]!;
const seen = (observation: Good, name: Name) => watched(observation, name).sightings[0]!;
const entry = (observation: Good) => observation.logs[0]!.entries[1]!;

describe('checkDisappeared', () => {
  it('finds nothing where all is as it should be, nor where nobody set a timer', () => {
    expect(kinds()).toEqual([]);
    expect(checkDisappeared({ ...good(), disappearing: null } as unknown as Observation)).toEqual([]);
  });

  it.each<[string, string, (observation: Good) => void]>([
    ['overdue', 'the sender has stored it too long', (o) => (seen(o, 'A1').lastStoredMs = 13_000)],
    ['overdue', 'another device of the sender shows it', (o) => (seen(o, 'A2').lastShownMs = 13_000)],
    ['overdue', 'who looked at it has it too long', (o) => (seen(o, 'B1').lastStoredMs = 17_000)],
    ['overdue', 'the tablet of who looked has it too long', (o) => (seen(o, 'B2').lastShownMs = 17_000)],
    [
      'overdue',
      'pages have it at the end',
      (o) => o.devices[1]!.conversations[0]!.messages.push({ messageId, body: { kind: 'text' } }),
    ],
    ['overdue', 'its words stand on a disk at the end', (o) => watched(o, 'B2').onDisk.push(messageId)],
    ['overdue', 'they stand on one that never had it', (o) => watched(o, 'B3').onDisk.push(messageId)],
    ['early', 'the sender’s copy goes too soon', (o) => (seen(o, 'A2').goneMs = 9000)],
    ['early', 'it goes before anybody has looked', (o) => (watched(o, 'B1').looks = [])],
    ['lost', 'it never comes', (o) => (watched(o, 'B2').sightings = [])],
    ['leaked', 'a device has it that came later', (o) => watched(o, 'B3').sightings.push(seen(o, 'B2'))],
    ['leaked', 'it is kept', (o) => (entry(o).kept = true)],
    ['leaked', 'it does not pass', (o) => (entry(o).isPassing = false)],
    ['leaked', 'the server has it, and so have all', (o) => (entry(o).hasContent = true)],
    [
      'leaked',
      'it went under another timer than was set',
      (o) => {
        o.sent[0]!.wantedTimer = 5;
        o.disappearing.wishes[0]!.seconds = 5;
      },
    ],
    [
      'disagreement',
      'a device shows another timer',
      (o) => (o.devices[3]!.conversations[0]!.timer.seconds = 5),
    ],
    ['stuck', 'a timer is not in force', (o) => (o.devices[0]!.conversations[0]!.timer.isWaiting = true)],
  ])('finds %s where %s', (kind, _, change) => {
    expect(kinds(change)).toContain(kind);
  });

  it('finds timers that do not converge', () => {
    const found = kinds((o) => {
      const [conversation] = o.devices[4]!.conversations;
      conversation!.group.timerSeconds = 0;
      conversation!.timer.seconds = 0;
    });
    expect(found).toEqual(['disagreement']);
  });

  it('finds conversations that begin without the timer that was set for new ones', () => {
    const began = (doneMs: number, by: Name, seconds: number) => (o: Good) => {
      o.disappearing.wishes = [];
      o.sent[0]!.wantedTimer = null;
      o.disappearing.defaults.push({ device: deviceOf(by), account: accountOf(by), seconds, doneMs });
    };
    expect(kinds(began(300, 'A1', 10))).toEqual([]);
    expect(kinds(began(300, 'A1', 5))).toEqual(['leaked']);
    expect(kinds(began(500, 'A2', 10))).toEqual([]);
    expect(kinds(began(300, 'B1', 10))).toEqual(['leaked']);
  });

  it('finds content that is older than two weeks, also where a device never had it', () => {
    const change = (endMs: number) => (o: Good) => {
      entry(o).hasContent = true;
      o.disappearing.endMs = endMs;
      o.devices.splice(3, 1);
    };
    expect(kinds(change(100_000))).toEqual([]);
    expect(kinds(change(15 * dayMs))).toEqual(['leaked']);
  });

  it.each<[string, (observation: Good) => void]>([
    [
      'a device that slept over its deadline',
      (o) => {
        watched(o, 'A2').running = [
          { fromMs: 0, toMs: 9000, isAfterSleep: false },
          { fromMs: 60_000, toMs: 100_000, isAfterSleep: false },
        ];
        Object.assign(seen(o, 'A2'), { lastStoredMs: 60_500, lastShownMs: 60_500, goneMs: 61_000 });
      },
    ],
    [
      'a device that was off while its clock was set back, until the server tells it the time',
      (o) => {
        watched(o, 'A2').running = [
          { fromMs: 0, toMs: 2000, isAfterSleep: false },
          { fromMs: 9000, toMs: 100_000, isAfterSleep: false },
        ];
        watched(o, 'A2').clockMoves.push({ atMs: 8000, byMs: -dayMs });
        watched(o, 'A2').onlineMs.push(50_000);
        Object.assign(seen(o, 'A2'), { lastStoredMs: 50_500, lastShownMs: 50_500, goneMs: 51_000 });
      },
    ],
    [
      'a device whose clock was set ahead',
      (o) => {
        watched(o, 'B1').clockMoves.push({ atMs: 8000, byMs: dayMs });
        seen(o, 'B1').goneMs = 8500;
      },
    ],
    [
      'a tablet that has not heard of it',
      (o) => {
        o.disappearing.quietMs = [];
        Object.assign(seen(o, 'B2'), {
          knownMs: null,
          lastStoredMs: 99_000,
          lastShownMs: 99_000,
          goneMs: null,
        });
      },
    ],
  ])('knows that it cannot be otherwise on %s', (_, change) => {
    expect(kinds(change)).toEqual([]);
  });

  it('excuses no device that ran all the time by its clock', () => {
    const found = kinds((o) => {
      watched(o, 'A2').clockMoves.push({ atMs: 8000, byMs: -dayMs });
      Object.assign(seen(o, 'A2'), { lastStoredMs: 50_500, lastShownMs: 50_500, goneMs: 51_000 });
    });
    expect(found).toEqual(['overdue']);
  });
});
