import { beforeEach, describe, expect, it } from 'vitest';
import type { ConversationDetailsView, ConversationView, NewGroup } from '../api.ts';
import { createdGroup, threeOnline } from '../testing/groupWorld.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let cleo: TestAccount;
let a: TestDevice;
let b: TestDevice;
let c: TestDevice;

beforeEach(async () => {
  world = await TestWorld.create();
  ({
    accounts: [anna, ben, cleo],
    devices: [a, b, c],
  } = await threeOnline(world, ['anna', 'ben', 'cleo']));
});

function newGroup(members: readonly TestAccount[], more: Partial<NewGroup> = {}): NewGroup {
  return {
    name: 'Walkers',
    photo: new Uint8Array(0),
    description: 'Every Sunday',
    sharesHistory: false,
    memberIds: members.map(({ accountId }) => accountId),
    ...more,
  };
}

async function created(device: TestDevice, group: NewGroup): Promise<ConversationView['conversationId']> {
  const made = await device.api.createGroup(group);
  if (made.kind === 'problem') throw new Error(made.problem.kind);
  await world.until(() => groupOf(device)?.state === 'ready', 'the group is there');
  return made.value;
}

const groupOf = (device: TestDevice): ConversationView | undefined =>
  device.conversations.find(({ kind }) => kind === 'group');

function details(device: TestDevice): ConversationDetailsView {
  let found: ConversationDetailsView | null = null;
  const conversationId = groupOf(device)!.conversationId;
  device.api.watch({ kind: 'conversation', conversationId }, (value) => {
    found = value;
  })();
  if (found === null) throw new Error('There is no group');
  return found;
}

describe('a group of people', () => {
  it('is created, named and written in', async () => {
    const id = await created(a, newGroup([ben, cleo]));
    await world.until(() => groupOf(b) !== undefined && groupOf(c) !== undefined, 'all have it');
    for (const device of [a, b, c]) {
      expect(groupOf(device)).toMatchObject({ title: 'Walkers', memberCount: 3, peer: null, ended: null });
    }
    expect(details(b).group).toMatchObject({ role: 'member', details: { description: 'Every Sunday' } });
    expect(details(b).members.map(({ account, role }) => `${account.username} ${role}`)).toEqual([
      'ben member',
      'anna owner',
      'cleo member',
    ]);
    await a.api.sendText(id, 'Hello all');
    await b.shows(['Hello all'], groupOf(b)!.conversationId);
    await c.shows(['Hello all'], groupOf(c)!.conversationId);
    await c.api.sendText(groupOf(c)!.conversationId, 'Hello anna');
    await a.shows(['Hello all', 'Hello anna'], id);
    await b.shows(['Hello all', 'Hello anna'], groupOf(b)!.conversationId);
  });
});

/** The three of them in a group that anna made. */
async function walkers(more: Partial<NewGroup> = {}) {
  const id = await created(a, newGroup([ben, cleo], more));
  await world.until(() => groupOf(b) !== undefined && groupOf(c) !== undefined, 'all have it');
  return { id, inB: groupOf(b)!.conversationId, inC: groupOf(c)!.conversationId };
}

/** What the thread says of changes, as words. */
async function lines(device: TestDevice): Promise<string[]> {
  const messages = await device.messages(groupOf(device)!.conversationId);
  return messages.flatMap(({ body }) => {
    if (body.kind !== 'notice' || body.notice.kind !== 'groupChanged') return [];
    const { account, change, also } = body.notice;
    return [change, ...(also ?? [])].map((one) =>
      [
        account.username,
        one.kind,
        ...('accounts' in one ? one.accounts.map(({ username }) => username) : []),
        ...('name' in one ? [one.name] : []),
      ].join(' '),
    );
  });
}

async function saysLast(device: TestDevice, line: string): Promise<void> {
  let last = '';
  await world.until(() => {
    void lines(device).then((all) => {
      last = all.at(-1) ?? '';
    });
    return last === line;
  }, `it says ${line}`);
}

const rolesIn = (device: TestDevice) =>
  details(device)
    .members.map(({ account, role }) => `${account.username} ${role}`)
    .sort();

describe('a group made offline', () => {
  it('waits with its name, members and what is written in it, and is created on return', async () => {
    await a.find(ben);
    a.goOffline();
    await world.clock.pass(100);
    const made = await a.api.createGroup(newGroup([ben, cleo]));
    if (made.kind === 'problem') throw new Error(made.problem.kind);
    expect(groupOf(a)).toMatchObject({ state: 'waiting', title: 'Walkers', memberCount: 3 });
    expect(rolesIn(a)).toContain('anna owner');
    await a.api.sendText(made.value, 'first');
    await a.api.editGroup(made.value, { name: 'Runners' });
    await a.restart();
    await world.clock.pass(1_000);
    a.goOnline();
    await world.until(() => groupOf(c)?.title === 'Runners', 'created and renamed');
    await c.shows(['first'], groupOf(c)!.conversationId);
    expect(groupOf(a)!.conversationId).toBe(made.value);
  });

  it('is refused with too long a name, a false photo, or too many members', async () => {
    const make = (more: Partial<NewGroup>) => a.api.createGroup(newGroup([ben], more));
    expect(await make({ name: ' ' })).toMatchObject({ problem: { kind: 'emptyName' } });
    expect(await make({ name: 'x'.repeat(101) })).toMatchObject({ problem: { kind: 'tooLong', limit: 100 } });
    expect(await make({ description: 'x'.repeat(1001) })).toMatchObject({ problem: { kind: 'tooLong' } });
    const svg = new TextEncoder().encode('<svg onload="alert(1)"/>');
    expect(await make({ photo: svg })).toMatchObject({ problem: { kind: 'malformedPhoto' } });
    const jpeg = new Uint8Array(25_000);
    jpeg.set([0xff, 0xd8, 0xff]);
    expect(await make({ photo: jpeg })).toMatchObject({ problem: { kind: 'malformedPhoto' } });
    const memberIds = Array.from({ length: 1000 }, (_, at) => at.toString(16).padStart(32, '0') as never);
    expect(await make({ memberIds })).toMatchObject({ problem: { kind: 'tooManyMembers', limit: 1000 } });
    expect(groupOf(a)).toBeUndefined();
  });
});

describe('changes of a group', () => {
  it('adds somebody, who is told and can write, and takes them out again', async () => {
    const dora = await world.addAccount('dora');
    const d = await dora.addDevice();
    await d.online();
    const { id } = await walkers();
    await a.api.sendText(id, 'before');
    await b.shows(['before'], groupOf(b)!.conversationId);
    await a.find(dora);
    expect(await a.api.addMembers(id, [dora.accountId])).toEqual({ kind: 'ok', value: null });
    await world.until(() => groupOf(d)?.memberCount === 4, 'dora is in');
    await world.until(() => groupOf(c)?.memberCount === 4, 'all know');
    for (const device of [a, b, c, d]) await saysLast(device, 'anna added dora');
    expect(groupOf(d)).toMatchObject({ title: 'Walkers' });
    await d.api.sendText(groupOf(d)!.conversationId, 'hello');
    await a.shows(['before', 'hello'], id);
    await d.shows(['hello'], groupOf(d)!.conversationId);

    expect(await a.api.removeMember(id, dora.accountId)).toEqual({ kind: 'ok', value: null });
    await world.until(() => groupOf(d)?.ended === 'removed', 'dora is out');
    await world.until(() => groupOf(c)?.memberCount === 3, 'all know');
    for (const device of [a, b, c, d]) await saysLast(device, 'anna removed dora');
    await a.api.sendText(id, 'after');
    await c.shows(['before', 'hello', 'after'], groupOf(c)!.conversationId);
    await d.shows(['hello'], groupOf(d)!.conversationId);
    expect(groupOf(d)!.may.send).toBe(false);
  });

  it('renames it, and gives it a photo and other rights', async () => {
    const { id, inB } = await walkers();
    await a.api.editGroup(id, { name: 'Runners' });
    await world.until(() => groupOf(b)?.title === 'Runners', 'renamed');
    for (const device of [a, b, c]) await saysLast(device, 'anna renamed Runners');
    const photo = Uint8Array.of(0xff, 0xd8, 0xff, 1, 2, 3);
    await a.api.editGroup(id, { photo });
    await world.until(() => groupOf(c)?.photo.length === 6, 'the photo is there');
    await saysLast(c, 'anna photo');
    expect(await b.api.editGroup(inB, { name: 'Mine' })).toMatchObject({ problem: { kind: 'notAllowed' } });
    await a.api.setGroupRights(id, { editDetails: 'everyone', send: 'admins' });
    await world.until(() => groupOf(b)?.may.editDetails === true, 'ben may');
    expect(groupOf(b)!.may.send).toBe(false);
    await b.api.editGroup(inB, { description: 'By ben' });
    await world.until(() => details(c).group!.details.description === 'By ben', 'described');
    await saysLast(a, 'ben description');
  });

  it('gives and takes roles, and hands over', async () => {
    const { id, inB } = await walkers();
    await a.api.setRole(id, ben.accountId, 'admin');
    await world.until(() => rolesIn(b).join() === 'anna owner,ben admin,cleo member', 'ben is an admin');
    await saysLast(c, 'anna promoted ben');
    expect(await b.api.setRole(inB, cleo.accountId, 'admin')).toMatchObject({
      problem: { kind: 'notAllowed' },
    });
    await b.api.removeMember(inB, cleo.accountId);
    await world.until(() => groupOf(c)?.ended === 'removed', 'cleo is out');
    await a.api.setRole(id, ben.accountId, 'owner');
    await world.until(() => rolesIn(b).join() === 'anna admin,ben owner', 'ben is the owner');
    await saysLast(a, 'anna handedOver ben');
    await b.api.setRole(inB, anna.accountId, 'member');
    await world.until(() => rolesIn(a).join() === 'anna member,ben owner', 'anna is a member');
  });

  it('lets a member leave, who is taken out by others', async () => {
    const { inC } = await walkers();
    expect(await c.api.leaveGroup(inC, false)).toEqual({ kind: 'ok', value: null });
    await world.until(() => groupOf(c)?.ended === 'left', 'cleo has left');
    await world.until(() => groupOf(a)?.memberCount === 2 && groupOf(b)?.memberCount === 2, 'taken out');
    await saysLast(a, 'cleo left cleo');
  });

  it('hands over where its owner leaves, and deletes what the owner wants deleted', async () => {
    const { id } = await walkers();
    await a.api.setRole(id, cleo.accountId, 'admin');
    await saysLast(c, 'anna promoted cleo');
    await a.api.leaveGroup(id, true);
    await world.until(() => groupOf(a) === undefined, 'nothing is left here');
    await world.until(() => rolesIn(b).join() === 'ben member,cleo owner', 'cleo is the owner');
    expect((await lines(b)).slice(-2)).toEqual(['anna left anna', 'anna handedOver cleo']);
  });

  it('is ended by its owner for all', async () => {
    const { id, inB } = await walkers();
    await a.api.sendText(id, 'so long');
    await b.shows(['so long'], inB);
    await a.api.deleteGroup(id);
    for (const device of [a, b, c]) await world.until(() => groupOf(device)?.ended === 'deleted', 'ended');
    await saysLast(b, 'anna deleted');
    await b.shows(['so long'], inB);
    await b.api.forgetConversation(inB);
    await world.until(() => groupOf(b) === undefined, 'forgotten');
  });
});

it('shows who has which role as soon as it is so, to a page that looks on', async () => {
  const world = await TestWorld.create();
  const { accounts, devices } = await threeOnline(world, ['anna', 'ben', 'cleo']);
  const id = await createdGroup(world, devices);
  const seen: string[] = [];
  devices[0].api.watch({ kind: 'conversation', conversationId: id }, (details) => {
    const roles = details?.members.map(({ account, role }) => `${account.username} ${role}`);
    seen.push(`${details?.epoch}: ${roles?.join(', ')}`);
  });
  await devices[0].api.setRole(id, accounts[2].accountId, 'admin');
  await world.clock.pass(10_000);
  expect(seen.at(-1)).toBe('2: anna owner, cleo admin, ben member');
});
