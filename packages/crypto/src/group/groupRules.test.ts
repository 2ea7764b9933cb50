/**
 * Changes of groups that members with clients of their own might commit, the server passing them on: each is refused by
 * every member. Over 400 lines, because the attacks share one setting.
 */
import type { AccountId, InviteId } from '@sotto/protocol';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { provider, TestAccount } from '../testing/account.ts';
import {
  accepted,
  context,
  deviceOf,
  joinByWelcome,
  keyPackageOf,
  type TestDevice,
} from '../testing/conversation.ts';
import { GroupWorld } from '../testing/groupWorld.ts';
import { joinExternally } from './joinExternally.ts';
import { createConversationGroup } from './ownCommits.ts';
import { directPolicy, groupPolicy } from './policy.ts';
import type { GroupChange, GroupPolicy, Invite, Rights } from './policyTypes.ts';
import { stageCommit } from './stageCommit.ts';

let people: TestDevice[];
let world: GroupWorld;
/** Owner, two admins, two members, and one outside. */
let anna: TestDevice;
let ben: TestDevice;
let cleo: TestDevice;
let dora: TestDevice;
let emil: TestDevice;
let fred: TestDevice;

const idOf = (person: TestDevice): AccountId => person.self.accountId;
const sorted = (...who: TestDevice[]): AccountId[] => who.map(idOf).sort();
const invite: Invite = {
  inviteId: '07'.repeat(16) as InviteId,
  verifyKey: new Uint8Array(32).fill(7),
  expiresAtMs: 1,
  needsApproval: true,
  singleUse: false,
};

beforeAll(async () => {
  people = await GroupWorld.people(6);
  [anna, ben, cleo, dora, emil, fred] = people as [
    TestDevice,
    TestDevice,
    TestDevice,
    TestDevice,
    TestDevice,
    TestDevice,
  ];
});

beforeEach(async () => {
  world = await GroupWorld.create(people, 5, { adminIds: sorted(ben, cleo) });
});

/** The policy after the present one, with these differences. */
function next(change: Partial<GroupPolicy>): GroupPolicy {
  const policy = world.policyAt(anna);
  return { ...policy, revision: policy.revision + 1, ...change };
}

/** What all others say to the policy that one commits: they must agree. */
async function verdict(
  by: TestDevice,
  change: Partial<GroupPolicy>,
  options: Parameters<GroupWorld['forge']>[2] = {},
): Promise<string> {
  const said = new Set(await world.verdicts(by, await world.forge(by, next(change), options)));
  expect(said.size).toBe(1);
  return [...said][0]!;
}

async function reasonFor(by: TestDevice, change: GroupChange): Promise<string> {
  const made = await world.propose(by, change);
  return made.kind === 'refused' ? made.reason : 'made';
}

function without(...gone: TestDevice[]): Partial<GroupPolicy> {
  const { accountIds, adminIds } = world.policyAt(anna);
  const ids = new Set(gone.map(idOf));
  const stay = (id: AccountId) => !ids.has(id);
  return { accountIds: accountIds.filter(stay), adminIds: adminIds.filter(stay) };
}

const denied = 'not_allowed_by_role';

it('is judged when it is read late as it was when the server took it: KeyPackages last some months', async () => {
  const proposals = await world.additions(fred);
  const commit = await world.forge(anna, next({ accountIds: sorted(...people) }), { proposals });
  const late = { ...context, nowMs: context.nowMs + 200 * 24 * 3_600_000 };
  const group = world.at(dora);
  expect(await stageCommit(late, group, commit, world.directory)).toMatchObject({
    reason: 'expired_key_package',
  });
  accepted(await stageCommit(late, group, commit, world.directory, context.nowMs));
});

describe('a member may not', () => {
  it('add accounts, with or without their devices', async () => {
    const accountIds = sorted(...people);
    expect(await verdict(dora, { accountIds })).toBe(denied);
    expect(await verdict(dora, { accountIds }, { proposals: await world.additions(fred) })).toBe(denied);
    expect(await verdict(ben, { accountIds }, { proposals: await world.additions(fred) })).toBe('accepted');
    expect(await reasonFor(dora, { kind: 'add', accountIds: [idOf(fred)], devices: [] })).toBe(denied);
  });

  it('add devices of accounts that the policy does not have', async () => {
    const proposals = await world.additions(fred);
    expect(await verdict(anna, { sharesHistory: true }, { proposals })).toBe('account_not_in_policy');
  });

  it('remove another', async () => {
    expect(await verdict(dora, without(emil), { proposals: world.removals(emil) })).toBe(denied);
    expect(await reasonFor(dora, { kind: 'remove', accountIds: [idOf(emil)] })).toBe(denied);
    // Nor one's device while its account stays.
    const proposals = world.removals(emil);
    expect(await verdict(ben, { sharesHistory: true }, { proposals })).toBe('not_allowed_to_remove');
  });

  it('take another’s device out and put it back in the same place, with keys that it had before', async () => {
    const proposals = [...world.removals(emil), ...(await world.additions(emil))];
    expect(await verdict(ben, { sharesHistory: true }, { proposals })).toBe('not_allowed_to_remove');
  });

  it('change details, rights, sharing, links, or end the group', async () => {
    const { rights } = world.policyAt(anna);
    const changes: Partial<GroupPolicy>[] = [
      { detailsHash: new Uint8Array(32).fill(9) },
      { rights: { ...rights, pin: 'everyone' } },
      { sharesHistory: true },
      { invites: [invite] },
      { deleted: true },
    ];
    for (const change of changes) expect(await verdict(dora, change)).toBe(denied);
    for (const change of changes.slice(0, -1)) expect(await verdict(ben, change)).toBe('accepted');
    for (const change of changes) expect(await verdict(anna, change)).toBe('accepted');
    expect(await verdict(ben, { deleted: true })).toBe(denied);
  });

  it('promote itself or others, or take roles away', async () => {
    expect(await verdict(dora, { adminIds: sorted(ben, cleo, dora) })).toBe(denied);
    expect(await verdict(dora, { adminIds: sorted(ben) })).toBe(denied);
    expect(await verdict(dora, { ownerId: idOf(dora), adminIds: sorted(ben, cleo, anna) })).toBe(denied);
  });

  it('do anything where only the owner may, once the owner said so', async () => {
    const { rights } = world.policyAt(anna);
    const ownersOnly = Object.fromEntries(
      Object.keys(rights).map((name) => [name, 'owner']),
    ) as unknown as Rights;
    await world.change(anna, { kind: 'rights', rights: ownersOnly });
    expect(await verdict(ben, { accountIds: sorted(...people) })).toBe(denied);
    expect(await verdict(ben, without(dora), { proposals: world.removals(dora) })).toBe(denied);
    expect(await verdict(ben, { detailsHash: new Uint8Array(32) })).toBe(denied);
    expect(await verdict(ben, { invites: [invite] })).toBe(denied);
    expect(await verdict(ben, { rights })).toBe(denied);
  });

  it('do less than it may: everyone’s rights are theirs too', async () => {
    const { rights } = world.policyAt(anna);
    await world.change(anna, {
      kind: 'rights',
      rights: { ...rights, addMembers: 'everyone', editDetails: 'everyone' },
    });
    expect(await verdict(dora, { detailsHash: new Uint8Array(32) })).toBe('accepted');
    expect(await verdict(dora, { invites: [invite] })).toBe('accepted');
    expect(await verdict(dora, { accountIds: sorted(...people) })).toBe('accepted');
  });
});

describe('an admin may not', () => {
  it('remove or demote the owner or another admin', async () => {
    expect(await verdict(ben, without(cleo), { proposals: world.removals(cleo) })).toBe(denied);
    expect(await verdict(ben, { adminIds: sorted(ben) })).toBe(denied);
    const overthrow = { ...without(anna), ownerId: idOf(ben), adminIds: sorted(cleo) };
    expect(await verdict(ben, overthrow, { proposals: world.removals(anna) })).toBe(denied);
    expect(await verdict(anna, without(cleo), { proposals: world.removals(cleo) })).toBe('accepted');
    expect(await reasonFor(ben, { kind: 'remove', accountIds: [idOf(anna)] })).toBe(denied);
    expect(await reasonFor(ben, { kind: 'remove', accountIds: [idOf(cleo)] })).toBe(denied);
    expect(await reasonFor(ben, { kind: 'demote', accountId: idOf(cleo) })).toBe(denied);
  });

  it('promote, hand over, or make itself the owner', async () => {
    expect(await verdict(ben, { adminIds: sorted(ben, cleo, dora) })).toBe(denied);
    expect(await verdict(ben, { ownerId: idOf(ben), adminIds: sorted(anna, cleo) })).toBe(denied);
    expect(await verdict(ben, { ownerId: idOf(dora), adminIds: sorted(anna, ben, cleo) })).toBe(denied);
    expect(await reasonFor(ben, { kind: 'promote', accountId: idOf(dora) })).toBe(denied);
    expect(await reasonFor(ben, { kind: 'handOver', accountId: idOf(dora) })).toBe(denied);
    expect(await reasonFor(ben, { kind: 'delete' })).toBe(denied);
  });

  it('step down by itself, but the owner lets it', async () => {
    expect(await verdict(ben, { adminIds: sorted(cleo) })).toBe(denied);
    expect(await verdict(anna, { adminIds: sorted(cleo) })).toBe('accepted');
  });

  it('take rights from the owner, or give what only the owner has', async () => {
    const { rights } = world.policyAt(anna);
    expect(await verdict(ben, { rights: { ...rights, send: 'owner' } })).toBe(denied);
    await world.change(anna, { kind: 'rights', rights: { ...rights, addMembers: 'owner' } });
    expect(await verdict(ben, { rights: { ...rights, addMembers: 'admins' } })).toBe(denied);
    expect(await verdict(ben, { rights: { ...rights, addMembers: 'owner', send: 'admins' } })).toBe(
      'accepted',
    );
  });
});

describe('nobody may', () => {
  it('let everyone remove members or others’ messages', async () => {
    const { rights } = world.policyAt(anna);
    for (const name of ['removeMembers', 'deleteMessages'] as const) {
      expect(await verdict(anna, { rights: { ...rights, [name]: 'everyone' } })).toBe('invalid_policy');
      const change = { kind: 'rights', rights: { ...rights, [name]: 'everyone' } } as const;
      expect(await reasonFor(anna, change)).toBe('policy_changed');
    }
  });

  it('remove the owner, or leave the group without one', async () => {
    expect(await verdict(anna, { ownerId: idOf(fred) })).toBe('invalid_policy');
    const proposals = world.removals(ben);
    expect(await verdict(anna, without(ben), { proposals })).toBe('accepted');
    expect(await verdict(ben, without(ben))).toBe('policy_changed');
  });

  it('let go of an account and keep its devices, or of its devices and keep the account', async () => {
    expect(await verdict(anna, without(dora))).toBe('devices_left');
    expect(await verdict(anna, without(dora, emil), { proposals: world.removals(dora) })).toBe(
      'devices_left',
    );
    const second = await deviceOf(emil.account, await emil.account.addDevice());
    const joined = accepted(
      await joinExternally(
        context,
        second.self,
        {
          conversationId: world.conversationId,
          ...(await world.spreadAnd(anna, { kind: 'sharesHistory', shares: true })),
        },
        world.directory,
      ),
    );
    for (const person of people.slice(0, 5)) {
      const staged = accepted(
        await stageCommit(context, world.at(person), joined.append.commit, world.directory),
      );
      world.groups.set(idOf(person), staged.merge()!);
    }
    const [firstLeaf] = world.removals(emil);
    expect(await verdict(anna, without(emil), { proposals: [firstLeaf!] })).toBe('devices_left');
    expect(await verdict(anna, without(emil), { proposals: world.removals(emil) })).toBe('accepted');
  });

  it('hand over other than to a member, or without becoming an admin', async () => {
    expect(await verdict(anna, { ownerId: idOf(ben), adminIds: sorted(cleo) })).toBe('policy_changed');
    expect(await verdict(anna, { ownerId: idOf(dora) })).toBe('policy_changed');
    const stranger = {
      ownerId: idOf(fred),
      adminIds: sorted(anna, ben, cleo),
      accountIds: sorted(...people),
    };
    expect(await verdict(anna, stranger)).toBe('policy_changed');
    expect(await verdict(anna, { ownerId: idOf(ben), adminIds: sorted(anna, cleo) })).toBe('accepted');
    expect(await reasonFor(anna, { kind: 'handOver', accountId: idOf(fred) })).toBe('not_a_member');
    expect(await reasonFor(anna, { kind: 'promote', accountId: idOf(fred) })).toBe('not_a_member');
  });

  it('say for another that it leaves, or that it does not', async () => {
    expect(await verdict(anna, { leavingIds: sorted(dora) })).toBe('policy_changed');
    expect(
      await verdict(anna, {
        leavingIds: sorted(dora, anna),
        ownerId: sorted(ben, cleo)[0]!,
        adminIds: [sorted(ben, cleo)[1]!],
      }),
    ).toBe('policy_changed');
    await world.change(dora, { kind: 'leave' });
    expect(await verdict(dora, { leavingIds: [] })).toBe('policy_changed');
    expect(await verdict(anna, { leavingIds: [] })).toBe('policy_changed');
    expect(await reasonFor(dora, { kind: 'leave' })).toBe('policy_changed');
  });

  it('leave and do something else with it, or hand over to whom one likes', async () => {
    expect(await verdict(ben, { leavingIds: sorted(ben), adminIds: sorted(cleo), sharesHistory: true })).toBe(
      'policy_changed',
    );
    // An admin that leaves is none any more, and a policy in which it were is none.
    expect(await verdict(ben, { leavingIds: sorted(ben) })).toBe('invalid_policy');
    expect(await verdict(anna, { leavingIds: sorted(anna) })).toBe('invalid_policy');
    const [heir, other] = sorted(ben, cleo) as [AccountId, AccountId];
    const leaving = { leavingIds: sorted(anna) };
    expect(await verdict(anna, { ...leaving, ownerId: other, adminIds: [heir] })).toBe('policy_changed');
    expect(await verdict(anna, { ...leaving, ownerId: idOf(dora) })).toBe('policy_changed');
    expect(await verdict(anna, { ...leaving, ownerId: heir, adminIds: [other] })).toBe('accepted');
  });

  it('turn history off for another, or with another change', async () => {
    expect(await verdict(dora, { historyOff: sorted(emil) })).toBe('policy_changed');
    expect(await verdict(anna, { historyOff: sorted(anna), sharesHistory: true })).toBe('policy_changed');
    expect(await verdict(dora, { historyOff: sorted(dora) })).toBe('accepted');
  });

  it('change a link that was made', async () => {
    await world.change(ben, { kind: 'makeInvite', invite });
    for (const change of [
      { needsApproval: false },
      { expiresAtMs: 2 },
      { singleUse: true },
      { verifyKey: new Uint8Array(32) },
    ]) {
      expect(await verdict(ben, { invites: [{ ...invite, ...change }] })).toBe('policy_changed');
    }
    expect(await verdict(dora, { invites: [] })).toBe(denied);
    expect(await verdict(ben, { invites: [] })).toBe('accepted');
    expect(await reasonFor(ben, { kind: 'makeInvite', invite })).toBe('policy_changed');
    expect(await reasonFor(ben, { kind: 'revokeInvite', inviteId: '08'.repeat(16) as InviteId })).toBe(
      'unknown_invite',
    );
  });

  it('make a direct conversation of it, or miscount', async () => {
    const said = await world.verdicts(
      anna,
      await world.forge(anna, { ...directPolicy(sorted(anna, ben)), revision: 1 }),
    );
    expect(new Set(said)).toEqual(new Set(['policy_changed']));
    for (const revision of [0, 2, 2 ** 32 - 1]) {
      expect(await verdict(anna, { sharesHistory: true, revision })).toBe('wrong_revision');
    }
    expect(await verdict(anna, {})).toBe('policy_changed');
  });

  it('put an end to a group and go on', async () => {
    await world.change(anna, { kind: 'delete' });
    for (const change of [
      { sharesHistory: true },
      { detailsHash: new Uint8Array(32) },
      { adminIds: [] },
      { invites: [invite] },
      { accountIds: sorted(...people) },
      { ownerId: idOf(ben), adminIds: sorted(anna, cleo) },
    ]) {
      expect(await verdict(anna, change)).toBe('group_deleted');
    }
    expect(await verdict(anna, without(dora), { proposals: world.removals(dora) })).toBe('group_deleted');
    expect(await verdict(anna, { deleted: false })).toBe('group_deleted');
    expect(await verdict(dora, { historyOff: sorted(dora) })).toBe('policy_changed');
    await world.change(dora, { kind: 'leave' });
    await world.change(emil, { kind: 'remove', accountIds: [idOf(dora)] });
    expect(world.groups.has(idOf(dora))).toBe(false);
  });

  it('do anything after it said that it leaves, but take out others who left', async () => {
    await world.change(ben, { kind: 'leave' });
    await world.change(dora, { kind: 'leave' });
    for (const change of [
      { sharesHistory: true },
      { accountIds: sorted(...people) },
      { invites: [invite] },
    ]) {
      expect(await verdict(ben, change)).toBe(denied);
    }
    expect(await verdict(ben, { historyOff: sorted(ben) })).toBe('policy_changed');
    expect(await verdict(ben, without(emil), { proposals: world.removals(emil) })).toBe(denied);
    await world.change(ben, { kind: 'remove', accountIds: [idOf(dora)] });
    expect(world.policyAt(ben).leavingIds).toEqual([idOf(ben)]);
    expect(await reasonFor(anna, { kind: 'promote', accountId: idOf(ben) })).toBe('not_a_member');
    expect(await reasonFor(anna, { kind: 'handOver', accountId: idOf(ben) })).toBe('not_a_member');
  });
});

describe('who comes into a group', () => {
  it('joins none that its adder founded for others', async () => {
    const { claimed, own } = await keyPackageOf(dora, world.suite);
    const found = async (change: Partial<GroupPolicy>) => {
      const policy = {
        ...groupPolicy({
          accountIds: sorted(anna, dora),
          ownerId: idOf(anna),
          detailsHash: new Uint8Array(32),
        }),
        ...change,
      };
      const { conversationId } = world;
      const options = { conversationId, policy, members: [claimed], suite: world.suite };
      const made = await createConversationGroup(context, anna.self, options, world.directory);
      if (made.kind === 'refused') return made.reason;
      await joinByWelcome(made, dora, own, world.directory);
      return 'joined';
    };
    expect(await found({})).toBe('joined');
    expect(await found({ ownerId: idOf(dora) })).toBe('policy_changed');
    expect(await found({ leavingIds: sorted(dora) })).toBe('policy_changed');
    expect(await found({ deleted: true })).toBe('policy_changed');
    expect(await found({ historyOff: sorted(dora) })).toBe('policy_changed');
    expect(await found({ revision: 1 })).toBe('wrong_revision');
    expect(() =>
      groupPolicy({ accountIds: sorted(anna), ownerId: idOf(dora), detailsHash: new Uint8Array(32) }),
    ).toThrow(RangeError);
  });

  it('by itself only where its account is a member', async () => {
    const outside = await deviceOf(await TestAccount.create());
    const published = await world.spreadAnd(anna, { kind: 'sharesHistory', shares: true });
    const options = { conversationId: world.conversationId, ...published };
    expect(await joinExternally(context, outside.self, options, world.directory)).toMatchObject({
      reason: 'account_not_in_policy',
    });
  });
});

describe('of two changes at once', () => {
  it('one is taken, and the other is made anew where it is still allowed', async () => {
    const first = accepted(await world.propose(ben, { kind: 'remove', accountIds: [idOf(dora)] }));
    const second = accepted(
      await world.propose(cleo, { kind: 'details', detailsHash: new Uint8Array(32).fill(4) }),
    );
    await world.spread(ben, first);
    expect(new Set(await world.verdicts(cleo, second.append.commit))).toEqual(new Set(['stale_epoch']));
    await world.change(cleo, { kind: 'details', detailsHash: new Uint8Array(32).fill(4) });
    expect(world.policyAt(emil)).toMatchObject({ revision: 2, accountIds: sorted(anna, ben, cleo, emil) });
  });

  it('a demoted admin’s is refused when it comes late, and made anew by itself as well', async () => {
    const change: GroupChange = { kind: 'remove', accountIds: [idOf(dora)] };
    const late = accepted(await world.propose(ben, change));
    await world.change(anna, { kind: 'demote', accountId: idOf(ben) });
    expect(new Set(await world.verdicts(ben, late.append.commit))).toEqual(new Set(['stale_epoch']));
    expect(await reasonFor(ben, change)).toBe(denied);
  });

  it('both removing or adding the same, the second finds it done', async () => {
    await world.change(ben, { kind: 'remove', accountIds: [idOf(dora)] });
    expect(await reasonFor(cleo, { kind: 'remove', accountIds: [idOf(dora)] })).toBe('not_a_member');
    await world.add(ben, [fred]);
    expect(await reasonFor(cleo, { kind: 'add', accountIds: [idOf(fred)], devices: [] })).toBe(
      'already_a_member',
    );
  });
});

describe('limits', () => {
  it('of accounts, admins and links are told before anything is made', async () => {
    const id = () => provider.randomBytes(16).toHex();
    const many = Array.from({ length: 996 }, id) as AccountId[];
    expect(await reasonFor(anna, { kind: 'add', accountIds: many, devices: [] })).toBe('too_many_accounts');
    const admins = Array.from({ length: 32 }, id) as AccountId[];
    const crowded = await GroupWorld.create([anna, ben], 1, {
      accountIds: [idOf(anna), idOf(ben), ...admins],
      adminIds: admins,
    });
    const promoted = await crowded.propose(anna, { kind: 'promote', accountId: idOf(ben) });
    expect(promoted).toMatchObject({ reason: 'too_many_admins' });
    const links = Array.from({ length: 8 }, () => ({ ...invite, inviteId: id() as InviteId }));
    for (const one of links) await crowded.change(anna, { kind: 'makeInvite', invite: one });
    expect(await crowded.propose(anna, { kind: 'makeInvite', invite })).toMatchObject({
      reason: 'too_many_invites',
    });
  });
});
