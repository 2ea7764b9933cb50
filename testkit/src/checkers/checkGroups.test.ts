import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { checkGroups } from './checkGroups.ts';
import {
  couldRead,
  type DeviceState,
  type Observation,
  type ServerEntry,
  type ServerLog,
} from './observation.ts';

const [alice, bob, cleo] = ['a', 'b', 'c'].map((t) => t.repeat(32) as AccountId) as [
  AccountId,
  AccountId,
  AccountId,
];
const deviceOf = (account: AccountId) => `d${account.slice(1)}` as DeviceId;
const conversationId = 'e'.repeat(32) as ConversationId;
const idAt = (seq: number) => seq.toString(16).padStart(32, '0') as TransactionId;

const commit = (seq: number, more: Partial<ServerEntry> = {}): ServerEntry => ({
  seq,
  acceptedAtMs: seq,
  kind: 'commit',
  isPassing: false,
  hasContent: false,
  kept: false,
  messageId: idAt(seq),
  sender: deviceOf(alice),
  epoch: seq - 1,
  added: [],
  removed: [],
  accountsAdded: [],
  accountsRemoved: [],
  ...more,
});
const text = (seq: number): ServerEntry => commit(seq, { kind: 'message', kept: true });

/** Alice founds it with Bob, takes him out (3) and in again (5), and Cleo (7), who may read all; she writes between. */
const log: ServerLog = {
  conversationId,
  kind: 'group',
  firstSeqs: { [alice]: 1, [bob]: 5, [cleo]: 1 },
  accounts: [alice, bob, cleo],
  epoch: 4,
  entries: [
    commit(1, { added: [deviceOf(bob)] }),
    text(2),
    commit(3, { removed: [deviceOf(bob)], accountsRemoved: [bob] }),
    text(4),
    commit(5, { added: [deviceOf(bob)], accountsAdded: [{ accountId: bob, readsFromStart: false }] }),
    text(6),
    commit(7, { added: [deviceOf(cleo)], accountsAdded: [{ accountId: cleo, readsFromStart: true }] }),
    text(8),
  ],
};

describe('couldRead', () => {
  it.each<[AccountId, readonly number[]]>([
    [alice, [2, 4, 6, 8]],
    [bob, [2, 6, 8]],
    [cleo, [2, 4, 6, 8]],
    ['f'.repeat(32) as AccountId, []],
  ])('tells of %s what it was there for', (account, seqs) => {
    expect([2, 4, 6, 8].filter((seq) => couldRead(log, account, seq))).toEqual(seqs);
  });

  it('tells of who is out what was said before', () => {
    const entries = [...log.entries, commit(9, { accountsRemoved: [cleo] }), text(10)];
    const later = { ...log, accounts: [alice, bob], entries };
    expect([8, 10].filter((seq) => couldRead(later, cleo, seq))).toEqual([8]);
  });
});

describe('checkGroups', () => {
  function device(accountId: AccountId, seqs: readonly number[], looks = 'same'): DeviceState {
    return {
      name: accountId.slice(0, 1),
      deviceId: deviceOf(accountId),
      accountId,
      online: true,
      sabotaged: false,
      historyOffWith: [],
      alarms: [],
      canRead: [],
      conversations: [
        {
          conversationId,
          peerAccount: null,
          ended: null,
          state: 'ready',
          unreadCount: 0,
          deliveredOrder: 0,
          readOrder: 0,
          ownReadOrder: 0,
          own: { archived: false, mutedUntilMs: null, pinnedAtMs: null },
          messages: seqs.map((seq) => ({
            messageId: idAt(seq),
            order: seq,
            senderAccount: alice,
            mine: accountId === alice,
            state: accountId === alice ? 'sent' : 'received',
            isEdited: false,
            isPinned: false,
            reactions: [],
            body: { kind: 'text', text: `text ${seq}`, answers: null },
          })),
          watched: [],
          changes: [],
          group: { epoch: 4, authenticator: 'same', historyOff: [], looks, timerSeconds: 0 },
          timer: { seconds: 0, isWaiting: false },
        },
      ],
    };
  }
  const observed = (...devices: readonly DeviceState[]): Observation => ({
    sent: [2, 4, 6, 8].map((seq) => ({
      messageId: idAt(seq),
      text: `text ${seq}`,
      sender: deviceOf(alice),
      senderAccount: alice,
      peerAccount: null,
      isLast: false,
      promised: true,
      edits: [],
      isDeleted: false,
      withoutHistory: false,
      wantedTimer: null,
    })),
    logs: [log],
    devices,
    gone: [],
    disappearing: null,
  });
  const kinds = (...devices: readonly DeviceState[]) =>
    checkGroups(observed(...devices)).map(({ kind }) => kind);
  const all = [2, 4, 6, 8];

  it('finds nothing where each shows what was said while it was there', () => {
    expect(kinds(device(alice, all), device(bob, [2, 6, 8]), device(cleo, all))).toEqual([]);
  });

  it.each<[string, DeviceState]>([
    ['notCutOff', device(bob, all)],
    ['lost', device(bob, [2, 6])],
    ['lost', device(cleo, [4, 6, 8])],
    ['disagreement', device(cleo, all, 'another name')],
  ])('finds %s', (kind, damaged) => {
    const others = [device(alice, all)];
    expect(kinds(...others, damaged)).toEqual([kind]);
  });
});
