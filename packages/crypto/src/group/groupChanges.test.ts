/** Changes of groups as their members make them: each is taken by all, and told as what it was. */
import type { AccountId, InviteId } from '@sotto/protocol';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { provider } from '../testing/account.ts';
import { accepted, type TestDevice } from '../testing/conversation.ts';
import { GroupWorld } from '../testing/groupWorld.ts';
import { decodePendingCommit } from './pendingCommit.ts';
import type { GroupChange, Invite } from './policyTypes.ts';
import { mayDo, roleOf } from './roles.ts';

let people: TestDevice[];
let world: GroupWorld;
let anna: TestDevice;
let ben: TestDevice;
let cleo: TestDevice;
let dora: TestDevice;

const idOf = (person: TestDevice): AccountId => person.self.accountId;
const sorted = (...who: TestDevice[]): AccountId[] => who.map(idOf).sort();

beforeAll(async () => {
  people = await GroupWorld.people(5);
  [anna, ben, cleo, dora] = people as [TestDevice, TestDevice, TestDevice, TestDevice];
});

beforeEach(async () => {
  world = await GroupWorld.create(people, 3);
});

/** Anna, the owner, made Ben an admin. */
async function withAdmin(): Promise<void> {
  await world.change(anna, { kind: 'promote', accountId: idOf(ben) });
}

/** Who is in the group has the same of it. */
function agree(): void {
  const present = people.filter((person) => world.groups.has(idOf(person)));
  for (const person of present) {
    expect(world.policyAt(person)).toEqual(world.policyAt(present[0]!));
    expect(world.at(person).roster).toEqual(world.at(present[0]!).roster);
    expect(world.at(person).epoch).toBe(world.at(present[0]!).epoch);
  }
}

describe('a group', () => {
  it('is founded by its owner with all members', () => {
    const policy = world.policyAt(cleo);
    expect(policy).toMatchObject({
      ownerId: idOf(anna),
      accountIds: sorted(anna, ben, cleo),
      adminIds: [],
      revision: 0,
    });
    expect([roleOf(policy, idOf(anna)), roleOf(policy, idOf(ben)), roleOf(policy, idOf(dora))]).toEqual([
      'owner',
      'member',
      null,
    ]);
    expect([mayDo(policy, idOf(anna), 'addMembers'), mayDo(policy, idOf(ben), 'addMembers')]).toEqual([
      true,
      false,
    ]);
    agree();
  });

  it('takes in members with their devices, and those whose devices come later', async () => {
    const staged = await world.add(anna, [dora]);
    expect(staged[0]).toMatchObject({
      groupEvents: [{ kind: 'added', accountIds: [idOf(dora)] }],
      joined: [{ accountId: idOf(dora) }],
      policyChange: null,
    });
    agree();
    expect(world.policyAt(dora).accountIds).toEqual(sorted(anna, ben, cleo, dora));
    const absent = people[4]!;
    const later = await world.change(anna, { kind: 'add', accountIds: [idOf(absent)], devices: [] });
    expect(later[0]).toMatchObject({ groupEvents: [{ kind: 'added' }], joined: [] });
    agree();
  });

  it('removes members with all their devices in the same commit', async () => {
    const staged = await world.change(anna, { kind: 'remove', accountIds: [idOf(cleo)] });
    expect(staged.map(({ selfRemoved }) => selfRemoved)).toEqual([false, true]);
    for (const one of staged) {
      expect(one.groupEvents).toEqual([{ kind: 'removed', accountIds: [idOf(cleo)] }]);
    }
    expect(world.groups.has(idOf(cleo))).toBe(false);
    expect(world.at(ben).roster).toHaveLength(2);
    agree();
  });

  it('tells what an own commit does, also after a restart', async () => {
    const pending = accepted(await world.propose(anna, { kind: 'promote', accountId: idOf(ben) }));
    const events = [{ kind: 'promoted', accountIds: [idOf(ben)] }];
    expect(pending.groupEvents).toEqual(events);
    const read = accepted(decodePendingCommit(provider, pending.encode(), pending.current));
    expect(read.groupEvents).toEqual(events);
    await world.spread(anna, pending);
    agree();
  });

  it('changes details, rights, sharing, links and its end', async () => {
    await withAdmin();
    const invite: Invite = {
      inviteId: '07'.repeat(16) as InviteId,
      verifyKey: new Uint8Array(32).fill(7),
      expiresAtMs: 1,
      needsApproval: true,
      singleUse: false,
    };
    const { rights } = world.policyAt(ben);
    const pinning = { ...rights, pin: 'everyone' } as const;
    const changes: [GroupChange, object][] = [
      [{ kind: 'details', detailsHash: new Uint8Array(32).fill(2) }, { kind: 'details' }],
      [
        { kind: 'rights', rights: pinning },
        { kind: 'rights', rights: pinning },
      ],
      [
        { kind: 'sharesHistory', shares: true },
        { kind: 'sharesHistory', shares: true },
      ],
      [
        { kind: 'makeInvite', invite },
        { kind: 'inviteMade', inviteId: invite.inviteId },
      ],
      [
        { kind: 'revokeInvite', inviteId: invite.inviteId },
        { kind: 'inviteRevoked', inviteId: invite.inviteId },
      ],
    ];
    for (const [change, event] of changes) {
      const staged = await world.change(ben, change);
      for (const one of staged)
        expect(one).toMatchObject({ groupEvents: [event], by: { deviceId: ben.self.deviceId } });
    }
    const ended = await world.change(anna, { kind: 'delete' });
    expect(ended[0]!.groupEvents).toEqual([{ kind: 'deleted' }]);
    expect(world.policyAt(cleo)).toMatchObject({ deleted: true, revision: 7, sharesHistory: true });
    agree();
  });

  it('is handed over, and who had it is an admin', async () => {
    const staged = await world.change(anna, { kind: 'handOver', accountId: idOf(cleo) });
    expect(staged[0]!.groupEvents).toEqual([{ kind: 'handedOver', accountId: idOf(cleo) }]);
    expect(world.policyAt(ben)).toMatchObject({ ownerId: idOf(cleo), adminIds: [idOf(anna)] });
    agree();
  });
});

describe('who leaves', () => {
  it('is taken out by any member', async () => {
    const left = await world.change(cleo, { kind: 'leave' });
    expect(left[0]!.groupEvents).toEqual([{ kind: 'left', accountId: idOf(cleo) }]);
    expect(roleOf(world.policyAt(ben), idOf(cleo))).toBe('leaving');
    const gone = await world.change(ben, { kind: 'remove', accountIds: [idOf(cleo)] });
    expect(gone[0]!.groupEvents).toEqual([{ kind: 'gone', accountIds: [idOf(cleo)] }]);
    expect(world.policyAt(anna)).toMatchObject({ accountIds: sorted(anna, ben), leavingIds: [] });
    agree();
  });

  it('hands over to an admin where it was the owner', async () => {
    await world.change(anna, { kind: 'promote', accountId: idOf(cleo) });
    const left = await world.change(anna, { kind: 'leave' });
    expect(left[0]!.groupEvents).toEqual([
      { kind: 'left', accountId: idOf(anna) },
      { kind: 'handedOver', accountId: idOf(cleo) },
    ]);
    expect(world.policyAt(ben)).toMatchObject({ ownerId: idOf(cleo), adminIds: [] });
    agree();
  });

  it('hands over to the first member where there is no admin, and to nobody where all leave', async () => {
    await world.change(anna, { kind: 'leave' });
    const [heir, other] = sorted(ben, cleo) as [AccountId, AccountId];
    expect(world.policyAt(ben).ownerId).toBe(heir);
    const person = (id: AccountId) => people.find((one) => idOf(one) === id)!;
    await world.change(person(heir), { kind: 'leave' });
    expect(world.policyAt(ben).ownerId).toBe(other);
    const last = await world.change(person(other), { kind: 'leave' });
    expect(last[0]!.groupEvents).toEqual([{ kind: 'left', accountId: other }]);
    expect(world.policyAt(ben)).toMatchObject({ ownerId: other, leavingIds: sorted(anna, ben, cleo) });
    await world.change(person(other), { kind: 'remove', accountIds: [idOf(anna), heir] });
    expect(world.policyAt(person(other)).accountIds).toEqual([other]);
  });
});
