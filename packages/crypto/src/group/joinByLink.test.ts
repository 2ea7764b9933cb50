/** Joining by link: by whom it lets in, and proofs that are forged, late, used before, or of a link that is gone. */
import { type AccountId, type ConversationId, type InviteId, idFromBytes, limits } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { flipBit, nowMs, provider } from '../testing/account.ts';
import { accepted, context, type TestDevice } from '../testing/conversation.ts';
import { GroupWorld } from '../testing/groupWorld.ts';
import { encodeMarks, readAuthenticated } from './commitMarks.ts';
import { openForInvite, sealForInvite } from './inviteSeal.ts';
import { createInviteSecret, decodeJoinProof, encodeJoinProof, inviteKeys, signJoin } from './joinProof.ts';
import type { GroupPolicy, Invite, JoinProof } from './policyTypes.ts';
import { stageCommit } from './stageCommit.ts';
import type { CryptoContext } from './types.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
let people: TestDevice[];
let world: GroupWorld;
/** Owner, and two members who may not add; outside are those who hold a link. */
let anna: TestDevice;
let ben: TestDevice;
let cleo: TestDevice;
let dora: TestDevice;
let emil: TestDevice;
let secret: Uint8Array;
let link: Invite;

const idOf = (person: TestDevice): AccountId => person.self.accountId;
const at = (ms: number): CryptoContext => ({ ...context, nowMs: ms });

beforeAll(async () => {
  people = await GroupWorld.people(5);
  [anna, ben, cleo, dora, emil] = people as [TestDevice, TestDevice, TestDevice, TestDevice, TestDevice];
});

beforeEach(async () => {
  world = await GroupWorld.create(people, 3);
});

async function makeLink(change: Partial<Invite> = {}): Promise<void> {
  secret = createInviteSecret(provider);
  const { verifyKey } = await inviteKeys(provider, secret);
  const inviteId = idFromBytes<InviteId>(provider.randomBytes(16))!;
  link = {
    inviteId,
    verifyKey,
    expiresAtMs: nowMs + 2 * dayMs,
    needsApproval: false,
    singleUse: false,
    ...change,
  };
  await world.change(anna, { kind: 'makeInvite', invite: link });
}

function proofOf(person: TestDevice, change: { expiresAtMs?: number; conversationId?: ConversationId } = {}) {
  return signJoin(provider, secret, {
    conversationId: world.conversationId,
    inviteId: link.inviteId,
    accountId: idOf(person),
    expiresAtMs: nowMs + dayMs,
    ...change,
  });
}

function next(change: Partial<GroupPolicy>): GroupPolicy {
  const policy = world.policyAt(anna);
  return { ...policy, revision: policy.revision + 1, ...change };
}

const withAccounts = (...more: TestDevice[]): AccountId[] =>
  [...world.policyAt(anna).accountIds, ...more.map(idOf)].sort();

/** What all others say where Ben's own client lets these in by these proofs. */
async function verdict(
  who: readonly TestDevice[],
  proofs: readonly JoinProof[],
  change: Partial<GroupPolicy> = {},
  when: CryptoContext = context,
): Promise<string> {
  const policy = next({ accountIds: withAccounts(...who), ...change });
  const commit = await world.forge(ben, policy, {
    proposals: await world.additions(...who),
    authenticatedData: encodeMarks(new Map(), proofs),
  });
  const said = new Set(await world.verdicts(ben, commit, when));
  expect(said.size).toBe(1);
  return [...said][0]!;
}

describe('whoever holds a link', () => {
  it('is let in by any member, and the commit says so', async () => {
    await makeLink();
    const { accountIds, devices, own } = await world.invitation([dora]);
    const proofs = [await proofOf(dora)];
    const pending = accepted(await world.propose(ben, { kind: 'add', accountIds, devices, proofs }));
    const events = [{ kind: 'joinedByLink', accountIds: [idOf(dora)] }];
    expect(pending.groupEvents).toEqual(events);
    const staged = await world.spread(ben, pending, [{ person: dora, own: own[0]! }]);
    for (const one of staged) expect(one.groupEvents).toEqual(events);
    expect(world.policyAt(dora).invites).toEqual([link]);
  });

  it('with somebody else in one commit, who was added', async () => {
    await makeLink();
    const { accountIds, devices } = await world.invitation([dora, emil]);
    const proofs = [await proofOf(dora)];
    expect(await world.propose(ben, { kind: 'add', accountIds, devices, proofs })).toMatchObject({
      reason: 'not_allowed_by_role',
    });
    const pending = accepted(await world.propose(anna, { kind: 'add', accountIds, devices, proofs }));
    expect(pending.groupEvents).toEqual([
      { kind: 'added', accountIds: [idOf(emil)] },
      { kind: 'joinedByLink', accountIds: [idOf(dora)] },
    ]);
  });

  it('is let in only by who may add, where the link needs approval', async () => {
    await makeLink({ needsApproval: true });
    const proof = await proofOf(dora);
    expect(await verdict([dora], [proof])).toBe('approval_required');
    const { accountIds, devices } = await world.invitation([dora]);
    const add = { kind: 'add', accountIds, devices, proofs: [proof] } as const;
    expect(await world.propose(ben, add)).toMatchObject({ reason: 'approval_required' });
    expect(accepted(await world.propose(anna, add)).groupEvents).toMatchObject([{ kind: 'joinedByLink' }]);
  });

  it('uses up a link for a single use', async () => {
    await makeLink({ singleUse: true });
    const proof = await proofOf(dora);
    expect(await verdict([dora], [proof])).toBe('unknown_invite');
    const both = [proof, await proofOf(emil)];
    expect(await verdict([dora, emil], both, { invites: [] })).toBe('unknown_invite');
    const { accountIds, devices } = await world.invitation([dora]);
    const [staged] = await world.spread(
      ben,
      accepted(await world.propose(ben, { kind: 'add', accountIds, devices, proofs: [proof] })),
    );
    expect(staged!.groupEvents).toMatchObject([{ kind: 'joinedByLink' }]);
    expect(world.policyAt(anna).invites).toEqual([]);
    expect(await verdict([emil], [await proofOf(emil)])).toBe('unknown_invite');
  });
});

describe('nobody comes', () => {
  it('without a proof, by a forged one, or by another’s', async () => {
    await makeLink();
    const proof = await proofOf(dora);
    expect(await verdict([dora], [])).toBe('not_allowed_by_role');
    expect(await verdict([emil], [proof])).toBe('invalid_join_proof');
    expect(await verdict([emil], [{ ...proof, accountId: idOf(emil) }])).toBe('invalid_join_proof');
    expect(await verdict([dora], [proof, proof])).toBe('invalid_join_proof');
    expect(await verdict([dora], [{ ...proof, expiresAtMs: proof.expiresAtMs + 1 }])).toBe(
      'invalid_join_proof',
    );
    const forged = await signJoin(provider, createInviteSecret(provider), {
      ...proof,
      conversationId: world.conversationId,
    });
    expect(await verdict([dora], [forged])).toBe('invalid_join_proof');
    const elsewhere = await proofOf(dora, { conversationId: '00'.repeat(16) as ConversationId });
    expect(await verdict([dora], [elsewhere])).toBe('invalid_join_proof');
    await fc.assert(
      fc.asyncProperty(fc.nat(64 * 8 - 1), async (bit) => {
        const turned = { ...proof, signature: flipBit(proof.signature, bit) };
        expect(await verdict([dora], [turned])).toBe('invalid_join_proof');
      }),
      { numRuns: 8 },
    );
    expect(await verdict([dora], [proof])).toBe('accepted');
  });

  it('by a link that was revoked, or never was', async () => {
    await makeLink();
    const proof = await proofOf(dora);
    expect(await verdict([dora], [{ ...proof, inviteId: '00'.repeat(16) as InviteId }])).toBe(
      'unknown_invite',
    );
    await world.change(anna, { kind: 'revokeInvite', inviteId: link.inviteId });
    expect(await verdict([dora], [proof])).toBe('unknown_invite');
    // Nor by one that the same commit makes.
    expect(await verdict([dora], [proof], { invites: [link] })).toBe('unknown_invite');
  });

  it('by a link that somebody who was removed knows, where the removal revoked it', async () => {
    await makeLink();
    const approved: Invite = { ...link, inviteId: 'ff'.repeat(16) as InviteId, needsApproval: true };
    await world.change(anna, { kind: 'makeInvite', invite: approved });
    await world.change(anna, { kind: 'remove', accountIds: [idOf(cleo)], revokesInvites: true });
    expect(world.policyAt(ben).invites).toEqual([approved]);
    expect(await verdict([cleo], [await proofOf(cleo)])).toBe('unknown_invite');
  });

  it('after the link, or the proof, has expired', async () => {
    await makeLink();
    const lasting = await proofOf(dora, { expiresAtMs: nowMs + 6 * dayMs });
    const soon = at(nowMs + 2 * dayMs + hourMs / 2);
    const late = at(nowMs + 2 * dayMs + 2 * hourMs);
    expect(await verdict([dora], [lasting], {}, soon)).toBe('accepted');
    expect(await verdict([dora], [lasting], {}, late)).toBe('expired_invite');
    const short = await proofOf(dora, { expiresAtMs: nowMs + hourMs });
    expect(await verdict([dora], [short], {}, at(nowMs + 1.5 * hourMs))).toBe('accepted');
    expect(await verdict([dora], [short], {}, at(nowMs + 3 * hourMs))).toBe('invalid_join_proof');
    const endless = await proofOf(dora, { expiresAtMs: nowMs + limits.joinRequestLifetimeMs + 2 * dayMs });
    expect(await verdict([dora], [endless])).toBe('invalid_join_proof');
  });

  it('but who reads late judges by when the server took the commit', async () => {
    await makeLink();
    const policy = next({ accountIds: withAccounts(dora) });
    const commit = await world.forge(ben, policy, {
      proposals: await world.additions(dora),
      authenticatedData: encodeMarks(new Map(), [await proofOf(dora)]),
    });
    const weeksLater = at(nowMs + 20 * dayMs);
    const stage = (acceptedAtMs?: number) =>
      stageCommit(weeksLater, world.at(cleo), commit, world.directory, acceptedAtMs);
    expect(await stage()).toMatchObject({ reason: 'expired_invite' });
    expect((await stage(nowMs)).kind).toBe('stagedChange');
    expect(await stage(nowMs + 20 * dayMs)).toMatchObject({ reason: 'expired_invite' });
  });

  it('into a group that was deleted, nor by somebody who leaves', async () => {
    await makeLink();
    await world.change(ben, { kind: 'leave' });
    expect(await verdict([dora], [await proofOf(dora)])).toBe('not_allowed_by_role');
    await world.change(anna, { kind: 'delete' });
    expect(await verdict([dora], [await proofOf(dora)])).toBe('group_deleted');
  });

  it('by proofs in a commit that adds nobody', async () => {
    await makeLink();
    const commit = await world.forge(ben, next({ historyOff: [idOf(ben)] }), {
      authenticatedData: encodeMarks(new Map(), [await proofOf(dora)]),
    });
    expect(new Set(await world.verdicts(ben, commit))).toEqual(new Set(['policy_changed']));
    const still = await world.commitOnly(ben, encodeMarks(new Map(), [await proofOf(dora)]));
    expect(new Set(await world.verdicts(ben, still))).toEqual(new Set(['invalid_join_proof']));
  });
});

describe('proofs, and what is sealed for a link', () => {
  it('are read as they were written, and refused otherwise', async () => {
    await makeLink();
    const proof = await proofOf(dora);
    expect(decodeJoinProof(encodeJoinProof(proof))).toEqual(proof);
    const marks = new Map([[idOf(anna), 3]]);
    const both = encodeMarks(marks, [proof, proof]);
    expect(readAuthenticated(both)).toEqual({ marks, proofs: [proof, proof] });
    for (let end = 0; end < both.length; end++) {
      const cut = readAuthenticated(both.subarray(0, end));
      // Only between two proofs a shorter one ends.
      expect(cut === null || end === 0 || end === both.length - 104).toBe(true);
    }
    expect(
      readAuthenticated(
        encodeMarks(
          new Map(),
          Array.from({ length: 65 }, () => proof),
        ),
      ),
    ).toBeNull();
    const endless = encodeJoinProof({ ...proof, expiresAtMs: 2 ** 54 });
    expect(decodeJoinProof(endless)).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const read = readAuthenticated(bytes);
        expect(read === null || encodeMarks(read.marks, read.proofs).toHex() === bytes.toHex()).toBe(true);
      }),
    );
  });

  it('opens for its link, kind and account only', async () => {
    const { memberKey, verifyKey } = await inviteKeys(provider, createInviteSecret(provider));
    expect(memberKey).not.toEqual(verifyKey);
    const inviteId = '01'.repeat(16) as InviteId;
    const contents = new TextEncoder().encode('please');
    const place = { kind: 'request', inviteId, accountId: idOf(dora) } as const;
    const sealed = sealForInvite(provider, memberKey, place, contents);
    expect(openForInvite(provider, memberKey, place, sealed)).toEqual(contents);
    expect(openForInvite(provider, verifyKey, place, sealed)).toBeNull();
    expect(openForInvite(provider, memberKey, { ...place, accountId: idOf(emil) }, sealed)).toBeNull();
    expect(openForInvite(provider, memberKey, { kind: 'preview', inviteId }, sealed)).toBeNull();
    const preview = sealForInvite(provider, memberKey, { kind: 'preview', inviteId }, contents);
    const other = { kind: 'preview', inviteId: '02'.repeat(16) as InviteId } as const;
    expect(openForInvite(provider, memberKey, other, preview)).toBeNull();
    expect(openForInvite(provider, memberKey, { kind: 'preview', inviteId }, preview)).toEqual(contents);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(openForInvite(provider, memberKey, place, bytes)).toBeNull();
      }),
    );
    await expect(inviteKeys(provider, new Uint8Array(15))).rejects.toThrow(RangeError);
  });
});
