import { create, toBinary } from '@bufbuild/protobuf';
import { type AccountId, type ConversationId, ConversationItemSchema, OwnItemSchema } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alwaysMuted } from '../api.ts';
import { mergeDisplayed } from '../disappearing/displayed.ts';
import { seqLimit } from '../sync/entry.ts';
import {
  type ConversationState,
  decodeItem,
  decodeMembers,
  encodeItem,
  encodeMembers,
  mergeStates,
  noState,
  saysTheSame,
} from './conversationState.ts';

const logId = 'c0'.repeat(16) as ConversationId;
// Few values, so that changes at the same time and equal positions are common.
const timeMs = fc.constantFrom(0, 1, 2, 1_700_000_000_000, alwaysMuted);
const seq = fc.constantFrom(0, 1, 2, 77, seqLimit - 1);
const accountId = fc.constantFrom('a0', 'b0', 'c0').map((id) => id.repeat(16) as AccountId);
const state: fc.Arbitrary<ConversationState> = fc.record({
  readSeq: seq,
  archived: fc.record({ changedAtMs: timeMs, archived: fc.boolean(), throughSeq: seq }),
  muted: fc.record({ changedAtMs: timeMs, untilMs: timeMs }),
  pinned: fc.record({ changedAtMs: timeMs, pinned: fc.boolean() }),
  history: fc.record({ changedAtMs: timeMs, off: fc.boolean() }),
  keyring: fc.constantFrom(
    noState.keyring,
    { seq: 1, hash: 'a1'.repeat(32) },
    { seq: 1, hash: 'b1'.repeat(32) },
    { seq: 9, hash: '00'.repeat(32) },
  ),
  title: fc.constantFrom(noState.title, { seq: 1, name: 'A' }, { seq: 1, name: 'B' }, { seq: 9, name: 'A' }),
  forgotten: fc.record({ changedAtMs: timeMs, throughSeq: seq }),
  draft: fc
    .record({
      changedAtMs: timeMs,
      text: fc.constantFrom('', 'one', 'two'),
      replyTo: fc.constantFrom('', 'a0'.repeat(32)),
    })
    .map((one) => (one.changedAtMs === 0 ? noState.draft : one)),
  receipts: fc
    .record({ changedAtMs: timeMs, off: fc.boolean() })
    .map((one) => (one.changedAtMs === 0 ? noState.receipts : one)),
  unread: fc
    .record({ changedAtMs: timeMs, unread: fc.boolean() })
    .map((one) => (one.changedAtMs === 0 ? noState.unread : one)),
  displayed: fc
    .array(fc.record({ throughSeq: seq.map((one) => Math.max(one, 1)), atMs: timeMs }), { maxLength: 5 })
    .map((steps) => mergeDisplayed(steps, [])),
  timer: fc
    .record({ changedAtMs: timeMs, seconds: fc.constantFrom(0, 5, 30, 3600) })
    .map((one) => (one.changedAtMs === 0 ? noState.timer : one)),
  relay: fc
    .record({ changedAtMs: timeMs, always: fc.boolean() })
    .map((one) => (one.changedAtMs === 0 ? noState.relay : one)),
  calls: fc
    .record({ changedAtMs: timeMs, off: fc.boolean() })
    .map((one) => (one.changedAtMs === 0 ? noState.calls : one)),
  members: fc
    .uniqueArray(fc.record({ accountId, delivered: seq, read: seq }), { selector: (one) => one.accountId })
    .map((members) => members.toSorted((a, b) => (a.accountId < b.accountId ? -1 : 1))),
});
const merged = (states: readonly ConversationState[]) => states.reduce(mergeStates, noState);

describe('states of a conversation', () => {
  it('come to the same in whatever order, grouping and number they are merged', () => {
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 6 }), fc.nat(), (states, seed) => {
        const all = merged(states);
        const shuffled = states.toSorted((a, b) => (hash(a, seed) < hash(b, seed) ? -1 : 1));
        expect(merged(shuffled)).toEqual(all);
        const half = Math.ceil(states.length / 2);
        expect(mergeStates(merged(states.slice(0, half)), merged(states.slice(half)))).toEqual(all);
        for (const one of states) expect(mergeStates(all, one)).toEqual(all);
      }),
    );
  });

  it('never lose what was read, and take the later change of everything else', () => {
    fc.assert(
      fc.property(state, state, (a, b) => {
        const both = mergeStates(a, b);
        expect(both.readSeq).toBe(Math.max(a.readSeq, b.readSeq));
        for (const field of ['archived', 'muted', 'pinned', 'history', 'forgotten'] as const) {
          expect(both[field].changedAtMs).toBe(Math.max(a[field].changedAtMs, b[field].changedAtMs));
          expect([a[field], b[field]]).toContainEqual(both[field]);
        }
      }),
    );
  });

  it('are the same after the way through an item', () => {
    fc.assert(
      fc.property(state, (one) => {
        expect(decodeItem(encodeItem(logId, one))).toEqual({ logId, state: one });
        expect(decodeMembers(encodeMembers(one.members))).toEqual(one.members);
        expect(saysTheSame(one, { ...one, members: [] })).toBe(true);
        expect(saysTheSame(one, { ...one, readSeq: one.readSeq + 1 })).toBe(false);
      }),
    );
  });

  it('are not taken from what no device of the account makes', () => {
    const item = (value: object) =>
      decodeItem(
        toBinary(
          OwnItemSchema,
          create(OwnItemSchema, {
            kind: {
              case: 'conversation',
              value: create(ConversationItemSchema, { conversationId: new Uint8Array(16), ...value }),
            },
          }),
        ),
      );
    expect(item({ readSeq: 7n })?.state).toEqual({ ...noState, readSeq: 7 });
    expect(item({ conversationId: new Uint8Array(15) })).toBeNull();
    expect(item({ readSeq: BigInt(seqLimit) })).toBeNull();
    expect(item({ archived: { throughSeq: 2n ** 60n } })).toBeNull();
    expect(item({ muted: { untilMs: BigInt(alwaysMuted) + 1n } })).toBeNull();
    expect(item({ pinned: { changedAtMs: 2n ** 63n } })).toBeNull();
    expect(item({ members: [{ accountId: new Uint8Array(3) }] })).toBeNull();
    const account = (n: number) => ({ accountId: new Uint8Array(16).fill(n) });
    expect(item({ members: Array.from({ length: 33 }, (_, n) => account(n)) })).toBeNull();
    expect(decodeItem(toBinary(OwnItemSchema, create(OwnItemSchema)))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decodeItem(bytes);
        if (decoded !== null) expect(decodeItem(encodeItem(decoded.logId, decoded.state))).toEqual(decoded);
      }),
    );
  });
});

function hash(value: ConversationState, seed: number): number {
  let sum = seed;
  for (const character of JSON.stringify(value)) {
    sum = (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) | 0;
  }
  return sum;
}
