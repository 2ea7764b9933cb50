/** Who sets after how long messages disappear, and what no policy says of it (spec/disappearing.md, "Timer"). */

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { AccountId } from '@sotto/protocol';
import { ConversationPolicySchema, limits } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePolicy, directPolicy, encodePolicy, groupPolicy } from './policy.ts';
import { changedPolicy, judgePolicyChange, maySetTimer } from './policyChange.ts';
import type { GroupPolicy, Policy } from './policyTypes.ts';
import { defaultRights } from './roles.ts';
import { isTimer, shorterTimer } from './timer.ts';

const [owner, admin, member, stranger] = ['0a', '0b', '0c', '0d'].map(
  (digits) => digits.repeat(16) as AccountId,
) as [AccountId, AccountId, AccountId, AccountId];
const direct = directPolicy([owner, member]);
const group = groupPolicy({
  accountIds: [owner, admin, member],
  ownerId: owner,
  adminIds: [admin],
  detailsHash: new Uint8Array(32),
});
const { min, max } = limits.timerSeconds;
const timers = fc.oneof(fc.constant(0), fc.integer({ min, max }));
const noTimer = fc.oneof(
  fc.integer({ min: 1, max: min - 1 }),
  fc.integer({ min: max + 1, max: 2 ** 32 - 1 }),
);

/** How members judge that `by` sets this timer. */
function verdict(before: Policy, by: AccountId, seconds: number, also: Partial<GroupPolicy> = {}): string {
  const after = { ...before, ...also, revision: before.revision + 1, timerSeconds: seconds } as Policy;
  const judged = judgePolicyChange(before, after, by);
  if (judged.kind === 'refused') return judged.reason;
  expect(judged).toEqual({ kind: 'judged', policyChange: { kind: 'timer', seconds }, groupEvents: [] });
  return 'accepted';
}

describe('a timer', () => {
  it('is off, or whole seconds from five to four weeks', () => {
    fc.assert(fc.property(timers, (seconds) => void expect(isTimer(seconds)).toBe(true)));
    fc.assert(fc.property(noTimer, (seconds) => void expect(isTimer(seconds)).toBe(false)));
    for (const no of [-1, -5, 5.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(isTimer(no)).toBe(false);
  });

  it('of two is the shorter, where off is longer than any', () => {
    expect(shorterTimer(0, 0)).toBe(0);
    expect(shorterTimer(0, 30)).toBe(30);
    expect(shorterTimer(30, 0)).toBe(30);
    expect(shorterTimer(3600, 30)).toBe(30);
  });

  it('is always said: a policy without it, or with one that is out of range, is none', () => {
    for (const policy of [direct, group]) {
      expect(policy.timerSeconds).toBe(0);
      const message = fromBinary(ConversationPolicySchema, encodePolicy(policy));
      const withTimer = (timerSeconds?: number) => {
        const { timerSeconds: _, ...rest } = message;
        const init = timerSeconds === undefined ? rest : { ...rest, timerSeconds };
        return decodePolicy(toBinary(ConversationPolicySchema, create(ConversationPolicySchema, init)));
      };
      expect(withTimer()).toBeNull();
      fc.assert(
        fc.property(timers, (seconds) => void expect(withTimer(seconds)?.timerSeconds).toBe(seconds)),
      );
      fc.assert(fc.property(noTimer, (seconds) => void expect(withTimer(seconds)).toBeNull()));
    }
    expect(() => directPolicy([owner], [], 4)).toThrow(RangeError);
    expect(() => groupPolicy({ ...group, timerSeconds: max + 1 })).toThrow(RangeError);
  });

  it('is set by either of two, and in a group by who has the right', () => {
    expect(verdict(direct, owner, 30)).toBe('accepted');
    expect(verdict({ ...direct, timerSeconds: 30 }, member, 0)).toBe('accepted');
    expect(verdict(direct, stranger, 30)).toBe('policy_changed');
    for (const [by, expected] of [
      [owner, 'accepted'],
      [admin, 'accepted'],
      [member, 'not_allowed_by_role'],
      [stranger, 'policy_changed'],
    ] as const) {
      expect(verdict(group, by, 30)).toBe(expected);
      expect(maySetTimer(group, by)).toBe(expected === 'accepted');
    }
    const forAll = { ...group, rights: { ...defaultRights, setTimer: 'everyone' } } as const;
    expect(verdict(forAll, member, 30)).toBe('accepted');
    expect(verdict({ ...forAll, adminIds: [], leavingIds: [admin] }, admin, 30)).toBe('policy_changed');
    expect(verdict({ ...group, deleted: true }, owner, 30)).toBe('policy_changed');
  });

  it('is set alone, by one that differs, and counted', () => {
    expect(verdict(group, owner, 30, { sharesHistory: true })).toBe('policy_changed');
    expect(verdict(group, owner, 30, { historyOff: [owner] })).toBe('policy_changed');
    expect(changedPolicy(direct, owner, { kind: 'timer', seconds: 0 })).toBeNull();
    fc.assert(
      fc.property(
        noTimer,
        (seconds) => void expect(changedPolicy(direct, owner, { kind: 'timer', seconds })).toBeNull(),
      ),
    );
    expect(changedPolicy(direct, owner, { kind: 'timer', seconds: 30 })).toEqual({
      ...direct,
      revision: 1,
      timerSeconds: 30,
    });
  });
});
