/**
 * A member whose client keeps no rules, and a server that takes what it sends (spec/groups.md, "What a commit may do"):
 * every other member refuses it.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type * as Crypto from '@sotto/crypto';
import { AppendRequestSchema, type CommitEntry, idToBytes, RequestSchema } from '@sotto/protocol';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answered,
  createdGroup,
  groupDetails,
  groupId,
  groupOf,
  rolesIn,
  threeOnline,
} from '../testing/groupWorld.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

/** Accounts that take themselves for the owner of every group. */
const cheaters = new Set<string>();

vi.mock('@sotto/crypto', async (load) => {
  const actual = await load<typeof Crypto>();
  const proposeGroupChange: typeof Crypto.proposeGroupChange = (context, group, self, change, directory) => {
    const { policy } = group;
    if (policy.kind === 'direct' || !cheaters.has(self.accountId)) {
      return actual.proposeGroupChange(context, group, self, change, directory);
    }
    const believed = {
      ...policy,
      ownerId: self.accountId,
      adminIds: policy.adminIds.filter((id) => id !== self.accountId),
    };
    return actual.proposeGroupChange(context, { ...group, policy: believed }, self, change, directory);
  };
  return { ...actual, proposeGroupChange };
});

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let cleo: TestAccount;
let a: TestDevice;
let b: TestDevice;
let c: TestDevice;

beforeEach(async () => {
  cheaters.clear();
  world = await TestWorld.create();
  ({
    accounts: [anna, ben, cleo],
    devices: [a, b, c],
  } = await threeOnline(world, ['anna', 'ben', 'cleo']));
  await createdGroup(world, [a, b, c]);
});

/** From now on ben's client takes him for the owner. */
function cheat(): void {
  cheaters.add(ben.accountId);
  b.disk.exec(`UPDATE group_info SET rules = replace(rules, '${anna.accountId}', '${ben.accountId}')`);
}

const reasons = async (device: TestDevice): Promise<string[]> =>
  (await answered(world, device.messages(groupId(device)))).flatMap(({ body }) =>
    body.kind === 'unreadable' ? [body.reason] : [],
  );

describe('a commit that breaks the rules of a group', () => {
  const changes: readonly [string, () => Promise<unknown>][] = [
    ['other rights', () => b.api.setGroupRights(groupId(b), { addMembers: 'everyone' })],
    ['another name', () => b.api.editGroup(groupId(b), { name: 'Mine' })],
    ['a role given by nobody who may', () => b.api.setRole(groupId(b), cleo.accountId, 'admin')],
    ['a removal by nobody who may', () => b.api.removeMember(groupId(b), cleo.accountId)],
    ['an end by nobody who may', () => b.api.deleteGroup(groupId(b))],
  ];

  it.each(changes)('(%s) is refused by all others, whatever the server takes', async (_, change) => {
    cheat();
    await change();
    await world.until(() => groupOf(a)?.state === 'healing', 'anna has seen it', 60_000);
    await world.clock.pass(60_000);
    for (const device of [a, c]) {
      const said = await reasons(device);
      expect(said.length).toBeGreaterThan(0);
      expect(['not_allowed_by_role', 'policy_changed']).toContain(said[0]);
      expect(groupOf(device)).toMatchObject({ title: 'Walkers', memberCount: 3, ended: null });
      expect(rolesIn(device)).toEqual(['anna owner', 'ben member', 'cleo member']);
      expect(groupDetails(device).group!.rights.addMembers).toBe('admins');
      await device.restart();
      await device.online();
    }
    // Not after a restart either, and not by rejoining what came of it.
    await world.clock.pass(120_000);
    for (const device of [a, c]) {
      expect(rolesIn(device)).toEqual(['anna owner', 'ben member', 'cleo member']);
      expect(groupOf(device)).toMatchObject({ title: 'Walkers', state: 'healing' });
    }
  });
});

/** Changes what the device says of its commits from now on, and what stands in them. */
function changeCommits(device: TestDevice, change: (entry: CommitEntry) => void): void {
  device.toServer = (bytes) => {
    const request = fromBinary(RequestSchema, bytes);
    if (request.method !== 'Append') return [bytes];
    const append = fromBinary(AppendRequestSchema, request.payload);
    const entry = append.kind.case === 'commit' ? append.kind.value.entry : undefined;
    if (entry === undefined) return [bytes];
    change(entry);
    return [toBinary(RequestSchema, { ...request, payload: toBinary(AppendRequestSchema, append) })];
  };
}

describe('a group that a member made of the present one, with roles as it likes', () => {
  const isUnmoved = (device: TestDevice): void => {
    expect(rolesIn(device)).toEqual(['anna owner', 'ben member', 'cleo member']);
    expect(groupOf(device)?.title).toBe('Walkers');
    expect(['healing', 'waiting']).toContain(groupOf(device)?.state);
  };

  it('is not rejoined after a commit that nobody can open', async () => {
    cheat();
    changeCommits(b, ({ commit }) => {
      commit[commit.length - 1]! ^= 1;
    });
    await b.api.setGroupRights(groupId(b), { addMembers: 'everyone' });
    await world.until(() => groupOf(a)?.state === 'healing', 'anna has seen it', 60_000);
    await world.clock.pass(120_000);
    for (const device of [a, c]) {
      expect(await reasons(device)).not.toEqual([]);
      isUnmoved(device);
      await device.restart();
      await device.online();
    }
    await world.clock.pass(120_000);
    for (const device of [a, c]) isUnmoved(device);
  });

  it.each([
    ['from there', false],
    ['from the beginning', true],
  ])(
    'is not entered by its Welcome, nor by joining anew, by whom it first threw out and who is to read it %s',
    async (_, readsFromStart) => {
      cheat();
      changeCommits(b, (entry) => {
        if (entry.removed.length > 0) entry.accountsRemoved = [idToBytes(anna.accountId)];
        for (const account of entry.accountsAdded) account.readsFromStart = readsFromStart;
      });
      await b.api.removeMember(groupId(b), anna.accountId);
      await world.until(() => groupOf(a)?.state === 'healing', 'anna has seen it', 60_000);
      await world.until(() => rolesIn(b).length === 2, 'anna is said to be out', 60_000);
      await b.api.addMembers(groupId(b), [anna.accountId]);
      await world.until(() => rolesIn(b).length === 3, 'anna is said to be back', 60_000);
      await world.clock.pass(120_000);
      isUnmoved(a);
      await a.restart();
      await world.until(() => a.connection.kind === 'online', 'anna is online', 600_000);
      await world.clock.pass(120_000);
      isUnmoved(a);
      isUnmoved(c);
      // Everything else goes on.
      await a.find(cleo);
      await a.api.sendText(await a.open(cleo), 'ben made off with the group');
      await world.until(() => c.conversations.length === 2, 'cleo has heard');
      expect(a.connection.kind).toBe('online');
    },
  );
});
