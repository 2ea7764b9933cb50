/** Groups of people while things go wrong: races, crashes, lost answers, accounts that cannot be reached (spec/client.md). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ErrorSchema, RequestSchema, ServerFrameSchema } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WriteFault } from '../testing/faultyDatabase.ts';
import {
  answered,
  createdGroup,
  groupDetails,
  groupId,
  groupOf,
  newGroup,
  rolesIn,
} from '../testing/groupWorld.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let cleo: TestAccount;
let a: TestDevice;
let b: TestDevice;
let c: TestDevice;

async function begin(): Promise<void> {
  world = await TestWorld.create();
  [anna, ben, cleo] = [
    await world.addAccount('anna'),
    await world.addAccount('ben'),
    await world.addAccount('cleo'),
  ];
  [a, b, c] = [await anna.addDevice(), await ben.addDevice(), await cleo.addDevice()];
  await Promise.all([a.online(), b.online(), c.online()]);
}
beforeEach(begin);

async function comer(
  name: string,
  prepare?: (device: TestDevice) => void,
): Promise<[TestAccount, TestDevice]> {
  const account = await world.addAccount(name);
  const device = await account.addDevice(prepare);
  return [account, device];
}

/** All of them show the same group. */
async function agree(devices: readonly TestDevice[], title: string, roles: readonly string[]): Promise<void> {
  for (const device of devices) {
    await world.until(
      () => groupOf(device)?.title === title && rolesIn(device).join() === roles.join(),
      `all agree on ${title}: ${roles.join()}`,
      120_000,
    );
  }
}

describe('several at once', () => {
  it('changing a group lose nothing of what each of them wants', async () => {
    const [dora, d] = await comer('dora');
    const [emil, e] = await comer('emil');
    await Promise.all([d.online(), e.online()]);
    const id = await createdGroup(world, [a, b, c, e]);
    await a.api.setRole(id, ben.accountId, 'admin');
    await a.api.setRole(id, cleo.accountId, 'admin');
    await agree([a, b, c, e], 'Walkers', ['anna owner', 'ben admin', 'cleo admin', 'emil member']);
    await b.find(dora);
    for (const device of [a, b, c]) device.goOffline();
    await world.clock.pass(100);
    await a.api.editGroup(id, { name: 'Runners' });
    await a.api.editGroup(id, { description: 'Daily' });
    await b.api.addMembers(groupId(b), [dora.accountId]);
    await b.api.setGroupRights(groupId(b), { send: 'admins' });
    await c.api.removeMember(groupId(c), emil.accountId);
    await c.api.sendText(groupId(c), 'meanwhile');
    for (const device of [a, b, c]) device.goOnline();
    await agree([a, b, c, d], 'Runners', ['anna owner', 'ben admin', 'cleo admin', 'dora member']);
    await world.until(() => groupOf(e)?.ended === 'removed', 'emil is out');
    await a.shows(['meanwhile'], id);
    await world.until(() => groupDetails(d).group!.details.description === 'Daily', 'described');
    for (const device of [a, c, d]) {
      expect(groupDetails(device).group!.rights.send).toBe('everyone');
      expect(groupDetails(device).group!.changes).toEqual([]);
    }
  });

  it('wanting the same is done once', async () => {
    const [dora, d] = await comer('dora');
    await d.online();
    const id = await createdGroup(world, [a, b, c]);
    await a.api.setRole(id, ben.accountId, 'admin');
    await agree([a, b, c], 'Walkers', ['anna owner', 'ben admin', 'cleo member']);
    await a.find(dora);
    await b.find(dora);
    for (const device of [a, b]) device.goOffline();
    await world.clock.pass(100);
    await a.api.addMembers(id, [dora.accountId]);
    await b.api.addMembers(groupId(b), [dora.accountId]);
    for (const device of [a, b]) device.goOnline();
    await agree([a, b, c, d], 'Walkers', ['anna owner', 'ben admin', 'cleo member', 'dora member']);
    await world.until(
      () => [a, b].every((device) => groupDetails(device).group!.changes.length === 0),
      'nothing is left to do',
    );
  });

  it('shows as not sent what somebody wrote who was taken out meanwhile', async () => {
    const id = await createdGroup(world, [a, b, c]);
    b.goOffline();
    await world.clock.pass(100);
    await b.api.sendText(groupId(b), 'too late');
    await a.api.removeMember(id, ben.accountId);
    await agree([a, c], 'Walkers', ['anna owner', 'cleo member']);
    b.goOnline();
    await world.until(() => groupOf(b)!.ended === 'removed', 'ben is out');
    let states: string[] = [];
    await world.until(() => {
      void b.messages(groupId(b)).then((messages) => {
        states = messages.flatMap(({ body, state }) => (body.kind === 'text' ? [state] : []));
      });
      return states.length === 1 && states[0] === 'failed';
    }, 'it says that it was not sent');
  });

  it('tells whose wish is not allowed any more, which can be tried again and given up', async () => {
    const id = await createdGroup(world, [a, b, c]);
    await a.api.setRole(id, ben.accountId, 'admin');
    await agree([a, b, c], 'Walkers', ['anna owner', 'ben admin', 'cleo member']);
    b.goOffline();
    await world.clock.pass(100);
    await b.api.editGroup(groupId(b), { name: 'Mine' });
    expect(groupDetails(b).group!.changes).toMatchObject([{ kind: 'details', failed: null }]);
    await a.api.setRole(id, ben.accountId, 'member');
    await agree([a, c], 'Walkers', ['anna owner', 'ben member', 'cleo member']);
    b.goOnline();
    const failed = [{ kind: 'details', failed: { kind: 'notAllowed' } }];
    const changes = () => groupDetails(b).group!.changes;
    await world.until(() => changes()[0]?.failed != null, 'ben is told');
    expect(changes()).toMatchObject(failed);
    await a.api.setRole(id, ben.accountId, 'admin');
    await agree([b], 'Walkers', ['anna owner', 'ben admin', 'cleo member']);
    await b.api.retryGroupChange(groupId(b), changes()[0]!.changeId);
    await agree([a, b, c], 'Mine', ['anna owner', 'ben admin', 'cleo member']);
    expect(changes()).toEqual([]);
    await b.api.setRole(groupId(b), cleo.accountId, 'admin');
    b.goOffline();
    await world.clock.pass(100);
    await b.api.editGroup(groupId(b), { name: 'Yours' });
    await b.api.discardGroupChange(groupId(b), changes().at(-1)!.changeId);
    b.goOnline();
    await world.clock.pass(5_000);
    expect(groupOf(a)!.title).toBe('Mine');
  });
});

describe('accounts that cannot be reached', () => {
  it('are members all the same: half of the devices dead, and their owners come later', async () => {
    const dead = await Promise.all(
      ['dora', 'emil', 'fine'].map((name) => comer(name, (device) => device.goOffline())),
    );
    for (const [account] of dead) await a.find(account);
    const made = await a.api.createGroup(
      newGroup([ben, cleo, ...dead.map(([account]) => account)], { sharesHistory: false }),
    );
    if (made.kind === 'problem') throw new Error(made.problem.kind);
    await world.until(() => groupOf(b)?.memberCount === 6, 'the group is there');
    await a.api.sendText(made.value, 'for all');
    await b.shows(['for all'], groupId(b));
    for (const [, device] of dead) {
      device.goOnline();
      await world.until(() => groupOf(device)?.state === 'ready', 'it joined by itself', 120_000);
      await device.shows(['for all'], groupId(device));
      expect(groupOf(device)).toMatchObject({ title: 'Walkers', memberCount: 6 });
    }
  });

  it('and that there are not, are left out, and told', async () => {
    const [dora, d] = await comer('dora');
    await d.online();
    const nobody = 'ab'.repeat(16) as typeof dora.accountId;
    const other = 'cd'.repeat(16) as typeof dora.accountId;
    const made = await a.api.createGroup(newGroup([ben, cleo, other]));
    if (made.kind === 'problem') throw new Error(made.problem.kind);
    const id = made.value;
    await world.until(() => groupOf(b)?.memberCount === 3, 'the group is there');
    expect(groupDetails(a).group!.changes).toMatchObject([
      { kind: 'add', account: { accountId: other }, failed: { kind: 'unknownAccount' } },
    ]);
    await a.api.discardGroupChange(id, groupDetails(a).group!.changes[0]!.changeId);
    await a.find(dora);
    await a.api.addMembers(id, [nobody, dora.accountId]);
    await world.until(() => groupOf(d)?.memberCount === 4, 'dora is in');
    expect(groupDetails(a).group!.changes).toMatchObject([
      { kind: 'add', account: { accountId: nobody }, failed: { kind: 'unknownAccount' } },
    ]);
  });
});

describe('a larger group', () => {
  it('tells what was read, a while later, and not what arrived', async () => {
    const others = await Promise.all(
      Array.from({ length: 31 }, (_, at) => comer(`other${at}`, (device) => device.goOffline())),
    );
    for (const [account] of others) await a.find(account);
    const made = await a.api.createGroup(newGroup([ben, cleo, ...others.map(([account]) => account)]));
    if (made.kind === 'problem') throw new Error(made.problem.kind);
    await world.until(() => groupOf(b)?.memberCount === 34, 'the group is there');
    await a.api.sendText(made.value, 'for all');
    await b.shows(['for all'], groupId(b));
    const receipts = () => a.disk.rows('SELECT account_id, read FROM receipt WHERE read + delivered > 0');
    await world.clock.pass(60_000);
    expect(receipts()).toEqual([]);
    const [last] = (await answered(world, b.messages(groupId(b)))).slice(-1);
    await b.api.markRead(groupId(b), last!.order);
    await world.until(() => receipts().length === 1, 'it is told');
    expect(receipts()).toEqual([{ account_id: ben.accountId, read: last!.order }]);
  });
});

describe('answers that are lost', () => {
  it('leave a group changed once', async () => {
    const [dora, d] = await comer('dora');
    await d.online();
    await a.find(dora);
    await a.find(ben);
    await a.find(cleo);
    const methods = new Map<number, string>();
    const lost = new Map<string, number>();
    a.toServer = (bytes) => {
      const { id, method } = fromBinary(RequestSchema, bytes);
      methods.set(id, method);
      return [bytes];
    };
    a.toDevice = (frame) => {
      const { kind } = fromBinary(ServerFrameSchema, frame);
      const method = kind.case === 'response' ? (methods.get(kind.value.id) ?? '') : '';
      const times = lost.get(method) ?? 0;
      if (!['CreateConversation', 'Append', 'ClaimKeyPackages'].includes(method) || times >= 3)
        return [frame];
      lost.set(method, times + 1);
      a.breakConnection();
      return [];
    };
    const made = await a.api.createGroup(newGroup([ben, cleo]));
    if (made.kind === 'problem') throw new Error(made.problem.kind);
    await a.api.addMembers(made.value, [dora.accountId]);
    await a.api.editGroup(made.value, { name: 'Runners' });
    await a.api.sendText(made.value, 'hello');
    await agree([a, b, c, d], 'Runners', ['anna owner', 'ben member', 'cleo member', 'dora member']);
    a.toDevice = (frame) => [frame];
    await d.shows(['hello'], groupId(d));
    expect(groupOf(b)!.memberCount).toBe(4);
  });
});

describe('a server that is not available for a moment', () => {
  it('is asked for chains again, on the same connection', async () => {
    const id = await createdGroup(world, [a, b, c]);
    const asked = new Set<number>();
    let refused = 0;
    a.toServer = (bytes) => {
      const { id, method } = fromBinary(RequestSchema, bytes);
      if (method === 'GetChain' || method === 'ReadAccounts') asked.add(id);
      return [bytes];
    };
    a.toDevice = (bytes) => {
      const frame = fromBinary(ServerFrameSchema, bytes);
      if (frame.kind.case !== 'response' || !asked.has(frame.kind.value.id) || refused >= 6) return [bytes];
      refused += 1;
      const error = create(ErrorSchema, { code: 'unavailable', retryAfterMs: 100 });
      frame.kind.value.result = { case: 'error', value: error };
      return [toBinary(ServerFrameSchema, frame)];
    };
    a.breakConnection();
    await world.until(() => refused > 2, 'it is not available');
    await a.api.editGroup(id, { name: 'Runners' });
    await agree([a, b, c], 'Runners', ['anna owner', 'ben member', 'cleo member']);
  });
});

describe('a crash between any two writes', () => {
  const faults: readonly WriteFault[] = ['before', 'after'];
  const all = () => [a, b, c];

  async function restartStopped(): Promise<void> {
    for (const device of all()) if (device.session.kind === 'stopped') await device.restart();
  }

  /** Tries until the command was taken. */
  async function somehow(what: () => Promise<unknown>, isDone: () => boolean): Promise<void> {
    for (let attempt = 0; attempt < 20 && !isDone(); attempt++) {
      await restartStopped();
      if (isDone()) return;
      await world.result(what().catch(() => undefined));
      await world.clock.pass(500);
    }
  }

  it.each(faults)('leaves a group that all agree on: reported as failed, %s', async (fault) => {
    for (let write = 1; write <= 14; write++) {
      await begin();
      await a.find(ben);
      await a.find(cleo);
      const victim = all()[write % 3]!;
      victim.disk.failAt(Math.ceil(write / 2), fault);
      await somehow(
        () => a.api.createGroup(newGroup([ben, cleo])),
        () => groupOf(a) !== undefined,
      );
      const changes = () => groupDetails(a).group!.changes.length;
      const title = () => groupOf(a)?.title;
      await somehow(
        () => a.api.editGroup(groupId(a), { name: 'Runners' }),
        () => title() === 'Runners' || changes() > 0,
      );
      for (let turn = 0; turn < 15; turn++) {
        await world.clock.pass(1000);
        await restartStopped();
      }
      await agree(all(), 'Runners', ['anna owner', 'ben member', 'cleo member']);
      await a.api.sendText(groupId(a), 'done');
      for (const device of all()) await device.shows(['done'], groupId(device));
      const bodies = await answered(world, b.messages(groupId(b)));
      expect(bodies.map(({ body }) => body.kind)).not.toContain('unreadable');
      expect(a.disk.rows('SELECT 1 FROM group_change UNION ALL SELECT 1 FROM pending_commit')).toEqual([]);
    }
  });
});
