/** Each checker finds the fault that it is for. Over 400 lines, because all faults are put into the same observation. */
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { checkAgreement } from './checkAgreement.ts';
import { checkCounters } from './checkCounters.ts';
import { checkDelivery } from './checkDelivery.ts';
import { checkForks } from './checkForks.ts';
import { checkGone } from './checkGone.ts';
import { checkHistoryOff } from './checkHistoryOff.ts';
import { checkLogs } from './checkLogs.ts';
import type { Observation, Violation } from './observation.ts';

const alice = 'a'.repeat(32) as AccountId;
const bob = 'b'.repeat(32) as AccountId;
const [alicePhone, aliceLaptop, bobPhone] = ['a1', 'a2', 'b1'].map((t) => t.repeat(16) as DeviceId) as [
  DeviceId,
  DeviceId,
  DeviceId,
];
const conversationId = 'c'.repeat(32) as ConversationId;
const first = '01'.repeat(16) as TransactionId;
const second = '02'.repeat(16) as TransactionId;
const commitId = '03'.repeat(16) as TransactionId;

type Mutable<T> = T extends string | number | boolean | null
  ? T
  : T extends readonly (infer I)[]
    ? Mutable<I>[]
    : { -readonly [K in keyof T]: Mutable<T[K]> };

const untouched = { isEdited: false, isPinned: false, reactions: [] as string[] };

/** Alice's phone began, her laptop and Bob were added; one text each way, read by all. */
function goodObservation(): Mutable<Observation> {
  const device = (name: string, deviceId: DeviceId, accountId: AccountId) => ({
    name,
    deviceId,
    accountId,
    online: true,
    sabotaged: false,
    historyOffWith: [],
    alarms: [] as string[],
    canRead: [],
    conversations: [
      {
        conversationId,
        peerAccount: accountId === alice ? bob : alice,
        ended: null,
        state: 'ready' as const,
        unreadCount: 0,
        deliveredOrder: 3,
        readOrder: 3,
        ownReadOrder: 3,
        own: { archived: false, mutedUntilMs: null, pinnedAtMs: null },
        timer: { seconds: 0, isWaiting: false },
        group: { epoch: 1, authenticator: 'e1', historyOff: [], looks: '', timerSeconds: 0 },
        watched: [],
        changes: [] as { seq: number; messageId: TransactionId }[],
        messages: [
          {
            messageId: first,
            order: 2,
            senderAccount: alice,
            mine: accountId === alice,
            state: deviceId === alicePhone ? ('sent' as const) : ('received' as const),
            body: { kind: 'text' as const, text: 'hello', answers: null },
            ...untouched,
          },
          {
            messageId: second,
            order: 3,
            senderAccount: bob,
            mine: accountId === bob,
            state: deviceId === bobPhone ? ('sent' as const) : ('received' as const),
            body: { kind: 'text' as const, text: 'good evening', answers: null },
            ...untouched,
          },
        ],
      },
    ],
  });
  const entry = {
    acceptedAtMs: 50,
    isPassing: false,
    hasContent: false,
    kept: true,
    epoch: 1,
    added: [],
    removed: [],
    accountsAdded: [],
    accountsRemoved: [],
    kind: 'message' as const,
  };
  return {
    sent: [
      {
        messageId: first,
        text: 'hello',
        sender: alicePhone,
        senderAccount: alice,
        peerAccount: bob,
        isLast: false,
        promised: true,
        edits: [],
        isDeleted: false,
        withoutHistory: false,
        wantedTimer: null,
      },
      {
        messageId: second,
        text: 'good evening',
        sender: bobPhone,
        senderAccount: bob,
        peerAccount: alice,
        isLast: false,
        promised: true,
        edits: [],
        isDeleted: false,
        withoutHistory: false,
        wantedTimer: null,
      },
    ],
    logs: [
      {
        conversationId,
        kind: 'direct',
        firstSeqs: {},
        accounts: [alice, bob],
        epoch: 1,
        entries: [
          {
            seq: 1,
            acceptedAtMs: 40,
            kind: 'commit',
            isPassing: false,
            hasContent: false,
            kept: false,
            messageId: commitId,
            sender: alicePhone,
            epoch: 0,
            added: [aliceLaptop, bobPhone],
            removed: [],
            accountsAdded: [],
            accountsRemoved: [],
          },
          { ...entry, seq: 2, messageId: first, sender: alicePhone },
          { ...entry, seq: 3, messageId: second, sender: bobPhone },
        ],
      },
    ],
    devices: [device('A1', alicePhone, alice), device('A2', aliceLaptop, alice), device('B1', bobPhone, bob)],
    gone: [],
    disappearing: null,
  };
}

/** Where a fault does not say otherwise, the view that was open shows the same. */
function check(observation: Mutable<Observation>): Violation['kind'][] {
  for (const device of observation.devices) {
    for (const conversation of device.conversations) {
      if (conversation.watched.length === 0) conversation.watched = conversation.messages;
    }
  }
  const value = observation as Observation;
  const found = [
    ...checkLogs(value),
    ...checkDelivery(value),
    ...checkForks(value),
    ...checkCounters(value),
    ...checkAgreement(value),
  ];
  return [...new Set(found.map((violation) => violation.kind))].sort();
}

function shown(observation: Mutable<Observation>, device: number) {
  const conversation = observation.devices[device]?.conversations[0];
  const [one, two] = conversation?.messages ?? [];
  if (conversation === undefined || one === undefined || two === undefined) throw new Error('no such device');
  return { conversation, one, two };
}

describe('history turned off', () => {
  /** Bob had turned it off before he wrote. */
  function turnedOff(): Mutable<Observation> {
    const observation = goodObservation();
    observation.sent[1]!.withoutHistory = true;
    observation.logs[0]!.entries[2]!.kept = false;
    observation.devices[2]!.historyOffWith = [alice];
    for (const device of observation.devices) device.conversations[0]!.group!.historyOff = [bob];
    return observation;
  }
  const kinds = (observation: Mutable<Observation>) => checkHistoryOff(observation).map(({ kind }) => kind);

  it('is found right where it is', () => {
    expect(kinds(goodObservation())).toEqual([]);
    expect(kinds(turnedOff())).toEqual([]);
  });

  it.each<[string, Violation['kind'], (o: Mutable<Observation>) => unknown]>([
    ['is kept', 'leaked', (o) => Object.assign(o.logs[0]!.entries[2]!, { kept: true })],
    [
      'is shown by a device that came later',
      'leaked',
      (o) => {
        const { entries } = o.logs[0]!;
        entries[0]!.added = [bobPhone];
        entries.push({ ...entries[0]!, seq: 4, sender: aliceLaptop, added: [] });
      },
    ],
    [
      'is not what the policy says',
      'stuck',
      (o) =>
        Object.assign(o.devices[2]!.conversations[0]!.group!, { historyOff: [], looks: '', timerSeconds: 0 }),
    ],
    [
      'is not what the policy says, for all conversations',
      'stuck',
      (o) => Object.assign(o.devices[0]!, { historyOffWith: [null] }),
    ],
  ])('is found out where what was sent %s', (_what, kind, damage) => {
    const observation = turnedOff();
    damage(observation);
    expect(kinds(observation)).toContain(kind);
  });
});

describe('checkers', () => {
  it('find nothing wrong where nothing is', () => {
    expect(check(goodObservation())).toEqual([]);
  });

  const faults: [string, Violation['kind'], (o: Mutable<Observation>) => void][] = [
    ['a message that one device does not show', 'lost', (o) => shown(o, 1).conversation.messages.shift()],
    ['a conversation that one device does not show', 'lost', (o) => o.devices[2]?.conversations.pop()],
    ['a promised message that never reached the log', 'lost', (o) => o.logs[0]?.entries.pop()],
    [
      'a message shown twice',
      'doubled',
      (o) => shown(o, 2).conversation.messages.push({ ...shown(o, 2).one, order: 4 }),
    ],
    [
      'a message accepted twice',
      'doubled',
      (o) => o.logs[0]?.entries.push({ ...o.logs[0].entries[1]!, seq: 4 }),
    ],
    [
      'another order',
      'reordered',
      (o) => {
        const { one, two } = shown(o, 1);
        [one.order, two.order] = [3, 2];
      },
    ],
    [
      'another text',
      'altered',
      (o) => {
        shown(o, 1).one.body = { kind: 'text', text: 'hallo', answers: null };
      },
    ],
    [
      'another sender',
      'altered',
      (o) => {
        shown(o, 1).one.senderAccount = bob;
      },
    ],
    [
      'a message pinned on one device',
      'disagreement',
      (o) => {
        shown(o, 1).one.isPinned = true;
      },
    ],
    [
      'a message deleted on one device',
      'disagreement',
      (o) => {
        o.sent[0]!.isDeleted = true;
        shown(o, 1).one.body = { kind: 'deleted' };
      },
    ],
    [
      'a reaction that one device does not show',
      'disagreement',
      (o) => {
        for (const device of [0, 1]) shown(o, device).one.reactions = [`! ${bob}`];
      },
    ],
    [
      'a message nobody sent',
      'invented',
      (o) => shown(o, 0).conversation.messages.push({ ...shown(o, 0).one, messageId: commitId, order: 4 }),
    ],
    [
      'a message that does not open',
      'unreadable',
      (o) => {
        shown(o, 2).one.body = { kind: 'unreadable', reason: 'not_decryptable' };
      },
    ],
    [
      'an own message not shown as sent',
      'notSent',
      (o) => {
        shown(o, 0).one.state = 'received';
      },
    ],
    [
      'a message that waits for ever',
      'stuck',
      (o) => {
        shown(o, 0).one.state = 'waiting';
      },
    ],
    [
      'an open view that was not told of a message',
      'viewOutdated',
      (o) => {
        shown(o, 1).conversation.watched = [shown(o, 1).one];
      },
    ],
    [
      'an open view that shows a message as it was',
      'viewOutdated',
      (o) => {
        shown(o, 0).conversation.watched = [{ ...shown(o, 0).one, state: 'waiting' }, shown(o, 0).two];
      },
    ],
    [
      'a device that takes its log for forged',
      'falseAlarm',
      (o) => {
        o.devices[1]!.alarms = ['forked 7'];
      },
    ],
    [
      'an epoch behind',
      'forked',
      (o) => {
        shown(o, 2).conversation.group = {
          epoch: 0,
          authenticator: 'e0',
          historyOff: [],
          looks: '',
          timerSeconds: 0,
        };
      },
    ],
    [
      'a fork in the same epoch',
      'forked',
      (o) => {
        shown(o, 2).conversation.group = {
          epoch: 1,
          authenticator: 'other',
          historyOff: [],
          looks: '',
          timerSeconds: 0,
        };
      },
    ],
    [
      'healing where nothing was broken',
      'healed',
      (o) =>
        shown(o, 0).conversation.messages.push({
          ...shown(o, 0).one,
          messageId: commitId,
          order: 4,
          body: { kind: 'notice', notice: 'healed' },
        }),
    ],
    [
      'a wrong unread count',
      'counters',
      (o) => {
        shown(o, 1).conversation.unreadCount = 1;
      },
    ],
    [
      'something pinned on one device only',
      'counters',
      (o) => {
        shown(o, 1).conversation.own.pinnedAtMs = 7;
      },
    ],
    [
      'a read receipt that did not arrive',
      'counters',
      (o) => {
        shown(o, 0).conversation.readOrder = 1;
      },
    ],
    [
      'a device that stays offline',
      'stuck',
      (o) => {
        o.devices[1]!.online = false;
      },
    ],
    ['a gap in the log', 'logBroken', (o) => o.logs[0]?.entries.splice(1, 1)],
    [
      'an entry accepted in a past epoch',
      'logBroken',
      (o) => {
        o.logs[0]!.entries[2]!.epoch = 0;
      },
    ],
    [
      'a second direct conversation of the same two',
      'doubled',
      (o) => o.logs.push({ ...o.logs[0]!, conversationId: 'd'.repeat(32) as ConversationId }),
    ],
  ];
  it.each(faults)('find %s', (_name, expected, damage) => {
    const observation = goodObservation();
    damage(observation);
    expect(check(observation)).toContain(expected);
  });

  it('do not hold what a device missed while it was not a member against it', () => {
    const observation = goodObservation();
    const [creation] = observation.logs[0]!.entries;
    creation!.added = [bobPhone];
    observation.logs[0]!.entries.splice(2, 0, {
      ...creation!,
      seq: 3,
      epoch: 1,
      sender: aliceLaptop,
      added: [aliceLaptop],
      messageId: '04'.repeat(16) as TransactionId,
    });
    const last = observation.logs[0]!.entries[3]!;
    [last.seq, last.epoch, observation.logs[0]!.epoch] = [4, 2, 2];
    for (const [i] of observation.devices.entries()) {
      const { conversation, two } = shown(observation, i);
      conversation.group = { epoch: 2, authenticator: 'e2', historyOff: [], looks: '', timerSeconds: 0 };
      Object.assign(conversation, { deliveredOrder: 4, readOrder: 4, ownReadOrder: 4 });
      two.order = 4;
    }
    const missed = observation.logs[0]!.entries[1]!;
    missed.kept = false;
    shown(observation, 1).conversation.messages.shift();
    expect(check(observation)).toEqual([]);
    missed.kept = true;
    expect(check(observation)).toEqual(['lost']);
  });

  it('hold what was done to a message against a device that could read it, and no other', () => {
    const observation = goodObservation();
    const log = observation.logs[0]!;
    const [creation, text] = log.entries;
    const change = { ...text!, seq: 4, messageId: '05'.repeat(16) as TransactionId };
    const comesBack = {
      ...creation!,
      seq: 5,
      epoch: 1,
      sender: aliceLaptop,
      added: [aliceLaptop],
      messageId: commitId,
    };
    log.entries.push(change, comesBack);
    for (const device of [0, 2]) {
      const { conversation, one } = shown(observation, device);
      conversation.changes = [{ seq: 4, messageId: first }];
      one.isPinned = true;
    }
    const kinds = () => checkAgreement(observation as Observation).map(({ kind }) => kind);
    expect(kinds()).toEqual(['disagreement']);
    change.kept = false;
    // The laptop came by itself after it.
    expect(kinds()).toEqual([]);
    log.entries.pop();
    expect(kinds()).toEqual(['disagreement']);
  });

  it('do not look for what a lost device had not sent', () => {
    const observation = goodObservation();
    const tablet = 'a3'.repeat(16) as DeviceId;
    observation.sent.push({ ...observation.sent[0]!, messageId: commitId, sender: tablet });
    expect(check(observation)).toEqual(['lost']);
    observation.gone.push({ ...gone, kind: 'lost', removedAtMs: null, deviceId: tablet });
    expect(check(observation)).toEqual([]);
  });
});

const gone = {
  name: 'A2',
  deviceId: aliceLaptop,
  accountId: alice,
  kind: 'removed' as const,
  removedAtMs: 60,
  largestSentBytes: 60,
  canRead: [],
};

describe('checkGone', () => {
  /** Alice's laptop was removed after the first texts, which it can read; then Bob wrote. */
  function afterRemoval(): Mutable<Observation> {
    const observation = goodObservation();
    const { entries } = observation.logs[0]!;
    const [creation, text] = entries;
    const removal = { ...creation!, seq: 4, acceptedAtMs: 70, epoch: 1, added: [], removed: [aliceLaptop] };
    entries.push(removal, { ...text!, seq: 5, acceptedAtMs: 80, epoch: 2, sender: bobPhone });
    const canRead = [2, 3].map((seq) => ({ conversationId, seq, epoch: 1 }));
    observation.gone = [{ ...gone, canRead }];
    return observation;
  }
  const kinds = (observation: Mutable<Observation>) => checkGone(observation).map(({ kind }) => kind);

  it('finds nothing where the device is out', () => {
    expect(kinds(afterRemoval())).toEqual([]);
  });

  it.each<[string, (o: Mutable<Observation>) => unknown]>([
    ['that reads on', (o) => o.gone[0]!.canRead.push({ conversationId, seq: 5, epoch: 2 })],
    ['that writes on', (o) => Object.assign(o.logs[0]!.entries[4]!, { sender: aliceLaptop })],
    ['that is still in the group', (o) => Object.assign(o.logs[0]!.entries[3]!, { removed: [] })],
    ['that is sent more', (o) => Object.assign(o.gone[0]!, { largestSentBytes: 500 })],
    [
      'that reads what others say to each other',
      (o) => {
        o.logs[0]!.accounts = ['d'.repeat(32) as AccountId, bob];
        o.gone[0]!.removedAtMs = null;
        o.gone[0]!.kind = 'lost';
      },
    ],
  ])('finds a device %s', (_what, damage) => {
    const observation = afterRemoval();
    damage(observation);
    expect(kinds(observation)).toContain('notCutOff');
  });

  it('finds a device that stopped without having been removed', () => {
    const observation = afterRemoval();
    observation.gone[0]!.removedAtMs = null;
    expect(kinds(observation)).toEqual(['stuck']);
  });
});
