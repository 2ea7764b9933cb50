/** Policies of groups in all shapes, and any sequence of changes by anybody: what is allowed holds for all, and nothing else. */
import { type AccountId, type InviteId, limits } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupPolicyAfter } from './groupChanges.ts';
import { decodePolicy, encodePolicy } from './policy.ts';
import { judgePolicyChange } from './policyChange.ts';
import type { GroupChange, GroupPolicy, Invite, JoinProof, Right, Rights } from './policyTypes.ts';
import { mayDo, rightNames, roleOf } from './roles.ts';

const person = (number: number) => number.toString(16).padStart(32, '0') as AccountId;
const anyone = fc.nat(11).map(person);
const inviteId = fc.nat(9).map((number) => number.toString(16).padStart(32, '0') as InviteId);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const right: fc.Arbitrary<Right> = fc.constantFrom('everyone', 'admins', 'owner');
const guarded: fc.Arbitrary<Right> = fc.constantFrom('admins', 'owner');
const rights: fc.Arbitrary<Rights> = fc.record({
  addMembers: right,
  removeMembers: guarded,
  editDetails: right,
  call: right,
  setTimer: right,
  pin: right,
  deleteMessages: guarded,
  send: right,
});
const invite: fc.Arbitrary<Invite> = fc.record({
  inviteId,
  verifyKey: bytes(32),
  expiresAtMs: fc.nat(),
  needsApproval: fc.boolean(),
  singleUse: fc.boolean(),
});
const byId = (one: Invite, other: Invite) => (one.inviteId < other.inviteId ? -1 : 1);

const policy: fc.Arbitrary<GroupPolicy> = fc
  .record({
    accountIds: fc.uniqueArray(anyone, { minLength: 1, maxLength: 10 }),
    choices: fc.array(fc.nat(5), { minLength: 10, maxLength: 10 }),
    owner: fc.nat(9),
    revision: fc.nat(1000),
    timerSeconds: fc.constantFrom(0, 5, 30, 3600, 2_419_200),
    rights,
    sharesHistory: fc.boolean(),
    detailsHash: bytes(32),
    invites: fc.uniqueArray(invite, { maxLength: 8, selector: (one) => one.inviteId }),
    deleted: fc.boolean(),
  })
  .map(({ accountIds, choices, owner, invites, ...rest }) => {
    const ids = accountIds.toSorted();
    const ownerId = ids[owner % ids.length]!;
    const having = (choice: number) => ids.filter((id, at) => choices[at] === choice && id !== ownerId);
    return {
      kind: 'group',
      accountIds: ids,
      ownerId,
      adminIds: having(1),
      leavingIds: having(2),
      historyOff: ids.filter((_, at) => choices[at] === 3),
      invites: invites.toSorted(byId),
      ...rest,
    };
  });

const proof: fc.Arbitrary<JoinProof> = fc.record({
  inviteId,
  accountId: anyone,
  expiresAtMs: fc.nat(),
  signature: bytes(64),
});
const some = fc.uniqueArray(anyone, { minLength: 1, maxLength: 3 });
const change: fc.Arbitrary<GroupChange> = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    accountIds: some,
    devices: fc.constant([]),
    proofs: fc.array(proof, { maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant('remove' as const), accountIds: some, revokesInvites: fc.boolean() }),
  fc.record({ kind: fc.constant('leave' as const) }),
  fc.record({
    kind: fc.constantFrom('promote' as const, 'demote' as const, 'handOver' as const),
    accountId: anyone,
  }),
  fc.record({ kind: fc.constant('details' as const), detailsHash: bytes(32) }),
  fc.record({ kind: fc.constant('rights' as const), rights }),
  fc.record({ kind: fc.constant('sharesHistory' as const), shares: fc.boolean() }),
  fc.record({ kind: fc.constant('makeInvite' as const), invite }),
  fc.record({ kind: fc.constant('revokeInvite' as const), inviteId }),
  fc.record({ kind: fc.constant('delete' as const) }),
);

/** One step as a member makes it and others judge it; null where it is refused. */
function step(before: GroupPolicy, by: AccountId, wanted: GroupChange): GroupPolicy | null {
  const after = groupPolicyAfter(before, by, wanted);
  if (after.kind === 'refused') return null;
  const proofs = wanted.kind === 'add' ? (wanted.proofs ?? []) : [];
  return judgePolicyChange(before, after, by, proofs).kind === 'judged' ? after : null;
}

describe('policies of groups', () => {
  it('read back as they were written, and in one form only', () => {
    fc.assert(
      fc.property(policy, (one) => {
        expect(decodePolicy(encodePolicy(one))).toEqual(one);
        for (const name of ['accountIds', 'adminIds', 'leavingIds', 'historyOff', 'invites'] as const) {
          const list = one[name];
          if (list.length < 2) continue;
          expect(decodePolicy(encodePolicy({ ...one, [name]: list.toReversed() }))).toBeNull();
          expect(decodePolicy(encodePolicy({ ...one, [name]: [list[0]!, ...list] }))).toBeNull();
        }
      }),
    );
  });

  it('are refused where they make no sense', () => {
    fc.assert(
      fc.property(policy, anyone, (one, other) => {
        const outside = one.accountIds.includes(other) ? null : other;
        const bad: Partial<GroupPolicy>[] = [
          { detailsHash: one.detailsHash.subarray(1) },
          { adminIds: [one.ownerId] },
          { accountIds: [] },
          { rights: { ...one.rights, removeMembers: 'everyone' } },
          { rights: { ...one.rights, deleteMessages: 'everyone' } },
          { invites: one.invites.map((link) => ({ ...link, verifyKey: new Uint8Array(31) })) },
          ...(outside === null
            ? []
            : [
                { ownerId: outside },
                { adminIds: [outside] },
                { leavingIds: [outside] },
                { historyOff: [outside] },
              ]),
          ...(one.accountIds.length > one.leavingIds.length + 1 ? [{ leavingIds: [one.ownerId] }] : []),
          ...one.adminIds.map((admin) => ({ leavingIds: [admin] })),
        ];
        for (const part of bad) {
          if (part.invites?.length === 0) continue;
          expect(decodePolicy(encodePolicy({ ...one, ...part }))).toBeNull();
        }
      }),
    );
  });

  it('have room for as many as the limits say, and no more', () => {
    const ids = (count: number) => Array.from({ length: count }, (_, at) => person(at));
    const base = fc.sample(policy, 1)[0]!;
    const of = (count: number, admins: number): GroupPolicy => ({
      ...base,
      accountIds: ids(count),
      ownerId: person(0),
      adminIds: ids(admins + 1).slice(1),
      leavingIds: [],
      historyOff: [],
      timerSeconds: 0,
    });
    const { accountsPerConversation, adminsPerGroup } = limits;
    expect(decodePolicy(encodePolicy(of(accountsPerConversation, adminsPerGroup)))).not.toBeNull();
    expect(decodePolicy(encodePolicy(of(accountsPerConversation + 1, 1)))).toBeNull();
    expect(decodePolicy(encodePolicy(of(100, adminsPerGroup + 1)))).toBeNull();
    expect(encodePolicy(of(accountsPerConversation, adminsPerGroup)).length).toBeLessThan(
      limits.groupInfoSizeBytes / 4,
    );
  });
});

describe('any sequence of changes', () => {
  it('leads to policies only, with an owner, and is counted', () => {
    fc.assert(
      fc.property(policy, fc.array(fc.tuple(anyone, change), { maxLength: 20 }), (start, steps) => {
        let current = start;
        for (const [by, wanted] of steps) {
          const after = step(current, by, wanted);
          if (after === null) continue;
          expect(decodePolicy(encodePolicy(after))).toEqual(after);
          expect(after.revision).toBe(current.revision + 1);
          expect(after.accountIds).toContain(after.ownerId);
          expect(after.accountIds).toContain(by);
          // The owner changes by the owner's own doing only, and nobody takes the owner out.
          if (after.ownerId !== current.ownerId) expect(by).toBe(current.ownerId);
          expect(after.accountIds).toContain(current.ownerId);
          if (current.deleted) expect(after.deleted).toBe(true);
          current = after;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is by those who may, whatever their clients say', () => {
    fc.assert(
      fc.property(policy, anyone, policy, fc.array(proof, { maxLength: 2 }), (before, by, other, proofs) => {
        // Some fields of another policy: what a client of one's own could commit.
        const fields = Object.keys(other) as (keyof GroupPolicy)[];
        fc.assert(
          fc.property(fc.subarray(fields), (taken) => {
            const mixed = Object.fromEntries(taken.map((name) => [name, other[name]]));
            const after: GroupPolicy = { ...before, ...mixed, revision: before.revision + 1 };
            if (decodePolicy(encodePolicy(after)) === null) return;
            const judged = judgePolicyChange(before, after, by, proofs);
            if (judged.kind === 'refused' || judged.policyChange !== null) return;
            const role = roleOf(before, by)!;
            const proven = new Set(proofs.map(({ accountId }) => accountId));
            const came = after.accountIds.filter((id) => !before.accountIds.includes(id));
            const went = before.accountIds.filter((id) => !after.accountIds.includes(id));
            if (came.some((id) => !proven.has(id))) expect(mayDo(before, by, 'addMembers')).toBe(true);
            for (const id of went) {
              const target = roleOf(before, id);
              if (target !== 'leaving') expect(mayDo(before, by, 'removeMembers')).toBe(true);
              expect(target === 'owner' || (target === 'admin' && role !== 'owner')).toBe(false);
            }
            if (after.detailsHash.toHex() !== before.detailsHash.toHex()) {
              expect(mayDo(before, by, 'editDetails')).toBe(true);
            }
            if (rightNames.some((name) => after.rights[name] !== before.rights[name])) {
              expect(['owner', 'admin']).toContain(role);
            }
            const gained = after.adminIds.filter((id) => !before.adminIds.includes(id));
            if (gained.length > 0) expect(role).toBe('owner');
            if (before.deleted) expect(came).toEqual([]);
          }),
          { numRuns: 10 },
        );
      }),
      { numRuns: 200 },
    );
  });

  it('says of each what it was', () => {
    fc.assert(
      fc.property(policy, anyone, change, (before, by, wanted) => {
        const after = groupPolicyAfter(before, by, wanted);
        if (after.kind === 'refused') return;
        const proofs = wanted.kind === 'add' ? (wanted.proofs ?? []) : [];
        const judged = judgePolicyChange(before, after, by, proofs);
        if (judged.kind === 'refused') return;
        const kinds = judged.groupEvents.map(({ kind }) => kind);
        const expected: Record<GroupChange['kind'], readonly string[]> = {
          add: ['added', 'joinedByLink'],
          remove: ['removed', 'gone', 'inviteRevoked'],
          leave: ['left', 'handedOver'],
          promote: ['promoted'],
          demote: ['demoted'],
          handOver: ['handedOver'],
          details: ['details'],
          rights: ['rights'],
          sharesHistory: ['sharesHistory'],
          makeInvite: ['inviteMade'],
          revokeInvite: ['inviteRevoked'],
          delete: ['deleted'],
        };
        expect(kinds.length).toBeGreaterThan(0);
        for (const kind of kinds) expect(expected[wanted.kind]).toContain(kind);
      }),
      { numRuns: 500 },
    );
  });
});
