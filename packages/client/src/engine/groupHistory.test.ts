import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { LogKind, RequestSchema, SubscribeRequestSchema } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  answered,
  changeLines,
  createdGroup,
  groupDetails,
  groupId,
  groupOf,
  rolesIn,
  threeOnline,
} from '../testing/groupWorld.ts';
import { lie } from '../testing/lies.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let ben: TestAccount;
let cleo: TestAccount;
let a: TestDevice;
let b: TestDevice;
let c: TestDevice;

beforeEach(async () => {
  world = await TestWorld.create();
  ({
    accounts: [, ben, cleo],
    devices: [a, b, c],
  } = await threeOnline(world, ['anna', 'ben', 'cleo']));
});

async function comer(name: string): Promise<[TestAccount, TestDevice]> {
  const account = await world.addAccount(name);
  const device = await account.addDevice();
  await device.online();
  await a.find(account);
  return [account, device];
}

/** The thread with what is read back from the server. */
async function showsAll(device: TestDevice, texts: readonly string[]): Promise<void> {
  await world.until(() => groupOf(device) !== undefined, 'the group is there');
  await device.shows(texts, groupId(device));
}

describe('what was said before somebody came', () => {
  it('is theirs where the group shares it, and the thread says so', async () => {
    const id = await createdGroup(world, [a, b, c], { sharesHistory: true });
    await a.api.sendText(id, 'one');
    await showsAll(b, ['one']);
    await b.api.sendText(groupId(b), 'two');
    await showsAll(c, ['one', 'two']);
    await a.api.editGroup(id, { name: 'Runners' });
    await world.until(() => groupOf(b)?.title === 'Runners', 'renamed');
    await c.api.sendText(groupId(c), 'three');
    await showsAll(a, ['one', 'two', 'three']);
    const [dora, d] = await comer('dora');
    await a.api.addMembers(id, [dora.accountId]);
    await world.until(() => groupOf(d)?.memberCount === 4, 'dora is in');
    await showsAll(d, ['one', 'two', 'three']);
    expect(await changeLines(world, d)).toEqual([
      'anna created',
      'anna renamed Runners',
      'anna added dora and what was said before',
    ]);
    await d.api.sendText(groupId(d), 'four');
    await showsAll(b, ['one', 'two', 'three', 'four']);
    for (const device of [a, b, c, d]) expect(groupDetails(device).logAlarms).toEqual([]);
  });

  it('is theirs though the device that added them is lost right then', async () => {
    const id = await createdGroup(world, [a, b, c], { sharesHistory: true });
    await a.api.sendText(id, 'one');
    await showsAll(b, ['one']);
    await a.api.editGroup(id, { name: 'Runners' });
    await world.until(() => groupOf(b)?.title === 'Runners', 'renamed');
    const [dora, d] = await comer('dora');
    let isLost = false;
    a.toServer = (bytes) => {
      if (isLost) return [];
      // The commit that lets her in is the last that is heard of it.
      isLost = fromBinary(RequestSchema, bytes).method === 'Append';
      return [bytes];
    };
    await a.api.addMembers(id, [dora.accountId]);
    await world.until(() => groupOf(d)?.memberCount === 4, 'dora is in');
    await showsAll(d, ['one']);
  });

  it('is not where the group does not, whatever is done later', async () => {
    const id = await createdGroup(world, [a, b, c]);
    await a.api.sendText(id, 'one');
    await showsAll(b, ['one']);
    const [dora, d] = await comer('dora');
    await a.api.addMembers(id, [dora.accountId]);
    await world.until(() => groupOf(d)?.memberCount === 4, 'dora is in');
    await a.api.setHistorySharing(id, true);
    await world.until(() => groupDetails(d).group!.sharesHistory, 'shared from now on');
    await a.api.sendText(id, 'two');
    await showsAll(d, ['two']);
    const page = await answered(world, d.api.readMessages({ conversationId: groupId(d), limit: 50 }));
    expect(page.hasOlder).toBe(false);
    const second = await dora.addDevice();
    await second.online();
    await showsAll(second, ['two']);
    for (const device of [a, d, second]) expect(groupDetails(device).logAlarms).toEqual([]);
  });

  it('stays with who was taken out, and what is said after does not come', async () => {
    const id = await createdGroup(world, [a, b, c]);
    await a.api.sendText(id, 'one');
    await showsAll(c, ['one']);
    await a.api.removeMember(id, cleo.accountId);
    await world.until(() => groupOf(c)?.ended === 'removed', 'cleo is out');
    await a.api.sendText(id, 'two');
    await showsAll(b, ['one', 'two']);
    await showsAll(c, ['one']);
    await a.api.addMembers(id, [cleo.accountId]);
    await world.until(() => groupOf(c)?.ended === null, 'cleo is back');
    await a.api.sendText(id, 'three');
    await showsAll(c, ['one', 'three']);
    for (const device of [a, b, c]) expect(groupDetails(device).logAlarms).toEqual([]);
    expect((await changeLines(world, c)).slice(-2)).toEqual(['anna removed cleo', 'anna added cleo']);
  });
});

describe('who is taken out and added again while away', () => {
  it.each([true, false])('is back, history shared: %s', async (sharesHistory) => {
    const id = await createdGroup(world, [a, b, c], { sharesHistory });
    await a.api.sendText(id, 'one');
    await showsAll(c, ['one']);
    c.goOffline();
    await world.clock.pass(100);
    await a.api.removeMember(id, cleo.accountId);
    await world.until(() => groupOf(b)?.memberCount === 2, 'cleo is out');
    await a.api.sendText(id, 'two');
    await a.api.addMembers(id, [cleo.accountId]);
    await world.until(() => groupOf(b)?.memberCount === 3, 'cleo is in');
    await a.api.sendText(id, 'three');
    c.goOnline();
    await showsAll(c, sharesHistory ? ['one', 'two', 'three'] : ['one', 'three']);
    await world.until(() => groupOf(c)?.state === 'ready' && groupOf(c)?.ended === null, 'back');
    await c.api.sendText(groupId(c), 'four');
    await showsAll(b, ['one', 'two', 'three', 'four']);
    expect(groupDetails(c).epoch).toBe(groupDetails(b).epoch);
    expect(groupDetails(c).logAlarms).toEqual([]);
  });

  it('or only taken out, reads of it, and raises no alarm over a list without the group', async () => {
    const id = await createdGroup(world, [a, b, c]);
    await a.api.sendText(id, 'one');
    await showsAll(c, ['one']);
    c.goOffline();
    await world.clock.pass(100);
    await a.api.removeMember(id, cleo.accountId);
    await world.until(() => groupOf(b)?.memberCount === 2, 'cleo is out');
    await c.api.sendText(groupId(c), 'too late');
    c.goOnline();
    await world.until(() => groupOf(c)?.ended === 'removed', 'cleo knows');
    expect(groupDetails(c).logAlarms).toEqual([]);
    // What waited to be sent says that it never will be.
    await world.clock.pass(1_000);
    const last = (await answered(world, c.messages(groupId(c)))).find(({ state }) => state === 'failed');
    expect(last?.body).toMatchObject({ kind: 'text', text: 'too late' });
    expect(c.disk.rows('SELECT 1 FROM outbox')).toEqual([]);
  });
});

describe('a server that says the account is out', () => {
  it('leaving the group out of the list, and has no commit that took it out, is found out', async () => {
    const id = await createdGroup(world, [a, b, c]);
    await a.api.sendText(id, 'one');
    await showsAll(c, ['one']);
    lie(c, {
      answer: (method, payload) => (method === 'ListConversations' ? new Uint8Array(0) : payload),
    });
    c.breakConnection();
    await world.until(() => groupOf(c)?.logForked === true, 'the alarm is raised');
    expect(groupDetails(c).logAlarms).toMatchObject([{ reason: 'shortened' }]);
  });

  it('and gives nothing of the log, is found out', async () => {
    const id = await createdGroup(world, [a, b, c]);
    await a.api.sendText(id, 'one');
    await showsAll(c, ['one']);
    // Another log is asked for, which the server does not have.
    c.toServer = (bytes) => {
      const request = fromBinary(RequestSchema, bytes);
      if (request.method !== 'Subscribe') return [bytes];
      const asked = fromBinary(SubscribeRequestSchema, request.payload);
      for (const { log } of asked.logs) if (log?.kind === LogKind.CONVERSATION) log.id = new Uint8Array(16);
      return [toBinary(RequestSchema, { ...request, payload: toBinary(SubscribeRequestSchema, asked) })];
    };
    c.breakConnection();
    await world.until(() => groupOf(c)?.logForked === true, 'the alarm is raised');
    expect(groupDetails(c).logAlarms).toMatchObject([{ reason: 'shortened' }]);
  });
});

describe('a new device of a member', () => {
  it('has the group with its name, members, lines and texts, also of who is gone', async () => {
    const id = await createdGroup(world, [a, b, c]);
    await c.api.sendText(groupId(c), 'from cleo');
    await showsAll(a, ['from cleo']);
    await a.api.editGroup(id, { name: 'Runners' });
    await world.until(() => groupOf(b)?.title === 'Runners', 'renamed');
    await a.api.removeMember(id, cleo.accountId);
    await world.until(() => groupOf(b)?.memberCount === 2, 'cleo is out');
    await a.api.sendText(id, 'without her');
    await showsAll(b, ['from cleo', 'without her']);
    const second = await ben.addDevice();
    await second.online();
    await showsAll(second, ['from cleo', 'without her']);
    await world.until(() => groupOf(second)?.state === 'ready', 'joined');
    expect(groupOf(second)).toMatchObject({ title: 'Runners', memberCount: 2 });
    expect(rolesIn(second)).toEqual(['anna owner', 'ben member']);
    expect(await changeLines(world, second)).toEqual([
      'anna created',
      'anna renamed Runners',
      'anna removed cleo',
    ]);
    await second.api.sendText(groupId(second), 'from my second');
    await showsAll(a, ['from cleo', 'without her', 'from my second']);
  });

  it('deposits what begins with it for members too of whom no device is there', async () => {
    const dora = await world.addAccount('dora');
    const d = await dora.addDevice((device) => device.goOffline());
    await createdGroup(world, [a, b, c]);
    await a.find(dora);
    await a.api.addMembers(groupId(a), [dora.accountId]);
    await world.until(() => groupOf(b)?.memberCount === 4, 'dora is a member');
    const second = await ben.addDevice();
    await second.online();
    await world.until(() => groupOf(second)?.state === 'ready', 'joined');
    await second.api.sendText(groupId(second), 'before dora came');
    await showsAll(a, ['before dora came']);
    d.goOnline();
    await showsAll(d, ['before dora came']);
  });

  it('who was taken out before it joined shows that', async () => {
    const id = await createdGroup(world, [a, b, c]);
    const second = await ben.addDevice((device) => {
      device.toServer = (bytes) => {
        // It joins by itself, and is too late.
        if (fromBinary(RequestSchema, bytes).method !== 'GetGroupInfo') return [bytes];
        void a.api.removeMember(id, ben.accountId);
        device.toServer = (later) => [later];
        device.breakConnection();
        return [];
      };
    });
    await second.online();
    await world.until(() => groupOf(b)?.ended === 'removed', 'ben is out');
    await world.until(() => groupOf(second)?.ended === 'removed', 'it knows', 120_000);
    expect(groupOf(second)?.state).toBe('ready');
    await a.api.addMembers(id, [ben.accountId]);
    await world.until(() => groupOf(second)?.ended === null && groupOf(second)?.state === 'ready', 'back');
  });

  it('that left shows that, and does not come to the group while nobody has taken the account out', async () => {
    const id = await createdGroup(world, [a, b, c]);
    await b.api.sendText(groupId(b), 'from ben');
    await showsAll(a, ['from ben']);
    for (const device of [a, c]) device.goOffline();
    await world.clock.pass(100);
    await b.api.leaveGroup(groupId(b), false);
    await world.until(() => groupOf(b)?.ended === 'left', 'ben has left');
    const second = await ben.addDevice();
    await world.until(() => groupOf(second) !== undefined, 'it is listed');
    await second.api.leaveGroup(groupId(second), false);
    await second.online();
    await world.until(() => groupOf(second)?.ended === 'left', 'it knows');
    await showsAll(second, ['from ben']);
    const waiting = ['group_state', 'pending_commit', 'group_change'].map(
      (table) => `SELECT 1 FROM ${table}`,
    );
    expect(second.disk.rows(waiting.join(' UNION ALL '))).toEqual([]);
    for (const device of [a, c]) device.goOnline();
    await world.until(() => groupOf(a)?.memberCount === 2, 'he is out', 120_000);
    await second.restart();
    await second.online();
    expect(groupOf(second)?.ended).toBe('left');
    await a.api.addMembers(id, [ben.accountId]);
    for (const device of [b, second]) {
      await world.until(() => groupOf(device)?.ended === null && groupOf(device)?.state === 'ready', 'back');
    }
  });

  it('that the account takes out again is out of the group for all', async () => {
    await createdGroup(world, [a, b, c]);
    const second = await ben.addDevice();
    await second.online();
    await world.until(() => groupOf(second)?.state === 'ready', 'joined');
    await world.until(
      () => groupDetails(a).members.find(({ account }) => account.username === 'ben')!.deviceCount === 2,
      'all know',
    );
    const { session } = second;
    if (session.kind !== 'signedIn') throw new Error('not signed in');
    await ben.removeDevice(session.deviceId);
    for (const device of [a, b, c]) {
      await world.until(
        () =>
          groupDetails(device).members.find(({ account }) => account.username === 'ben')!.deviceCount === 1,
        'it is out',
        120_000,
      );
    }
    expect(groupOf(a)!.memberCount).toBe(3);
  });
});
