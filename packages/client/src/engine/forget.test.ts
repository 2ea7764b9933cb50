/** Deleting conversations for the account alone (spec/client.md, "Deleting a conversation"). */
import { beforeEach, describe, expect, it } from 'vitest';
import { answerCall, rings, startCall, talk, watchCalls } from '../testing/callHolder.ts';
import { answered, createdGroup, groupId, groupOf } from '../testing/groupWorld.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;
let second: TestDevice;

beforeEach(async () => {
  world = await TestWorld.create();
  [anna, ben] = [await world.addAccount('anna'), await world.addAccount('ben')];
  [a, b] = [await anna.addDevice(), await ben.addDevice()];
  second = await anna.addDevice();
  await Promise.all([a.online(), b.online(), second.online()]);
});

const tables = ['message', 'outbox', 'unreadable'];
const left = (device: TestDevice) =>
  tables.flatMap((table) => device.disk.rows(`SELECT '${table}' AS at FROM ${table} WHERE conversation > 0`));

describe('a direct conversation that was deleted', () => {
  it('is gone on all devices of the account, stays with the other one, and comes back with the next message', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'one');
    await b.shows(['one']);
    await b.api.sendText(b.conversations[0]!.conversationId, 'two');
    await a.shows(['one', 'two'], id);
    await second.shows(['one', 'two']);
    await answered(world, a.api.forgetConversation(id));
    await world.until(() => a.conversations.length === 0, 'gone here');
    await world.until(() => second.conversations.length === 0, 'gone there');
    expect(left(a)).toEqual([]);
    expect((await answered(world, a.api.searchMessages({ text: 'one', limit: 5 }))).matches).toEqual([]);
    await a.restart();
    await a.online();
    await world.clock.pass(5_000);
    expect(a.conversations).toEqual([]);
    expect(b.conversations[0]!.lastMessage).not.toBeNull();
    const third = await anna.addDevice();
    await third.online();
    await world.clock.pass(10_000);
    expect(third.conversations).toEqual([]);

    await b.api.sendText(b.conversations[0]!.conversationId, 'three');
    await a.shows(['three']);
    await second.shows(['three']);
    await third.shows(['three']);
    expect(a.conversations[0]).toMatchObject({ conversationId: id, unreadCount: 1 });
  });

  it('is opened again empty', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'one');
    await b.shows(['one']);
    await answered(world, a.api.forgetConversation(id));
    await a.online();
    expect(await a.open(ben)).toBe(id);
    await world.until(() => a.conversations.length === 1, 'shown');
    await a.api.sendText(id, 'again');
    await b.shows(['one', 'again']);
    await a.shows(['again'], id);
  });

  it('ends the call in it for both, and for who deletes it without a connection', async () => {
    const id = await a.meet(ben);
    await a.api.sendText(id, 'one');
    await b.shows(['one']);
    const caller = await startCall(world, a);
    const callee = await answerCall(world, b, (await rings(world, b)).callId);
    await talk(world, caller, callee);
    await answered(world, a.api.forgetConversation(id));
    await world.until(() => caller.signals.ended !== null, 'over here');
    await world.until(() => callee.signals.ended !== null, 'over for the other one');
    expect(callee.signals.ended).toEqual({ kind: 'answered' });
    await world.until(() => second.conversations.length === 0, 'gone there');
    await a.online();
    await world.clock.pass(5_000);
    for (const device of [a, second]) expect(device.conversations).toEqual([]);

    const again = await startCall(world, b);
    await rings(world, a, again.callId);
    a.goOffline();
    const { calls } = watchCalls(a);
    await world.until(() => calls().length === 1, 'it rings still');
    await answered(world, a.api.forgetConversation(id));
    await world.until(() => calls().length === 0, 'it rings no more');
  });
});

describe('a group', () => {
  it('that goes on is not deleted before it is left', async () => {
    const id = await createdGroup(world, [a, b]);
    await a.api.sendText(id, 'one');
    await b.shows(['one'], groupId(b));
    await answered(world, b.api.forgetConversation(groupId(b)));
    expect(groupOf(b)).toMatchObject({ kind: 'group', ended: null });
    await b.shows(['one'], groupId(b));
  });

  it('that was left to be deleted is gone on all devices, and comes back where the account is added again', async () => {
    const id = await createdGroup(world, [b, a]).then(() => groupId(a));
    await world.until(() => groupOf(second) !== undefined, 'there as well');
    await b.api.sendText(groupId(b), 'one');
    await a.shows(['one'], id);
    await answered(world, a.api.leaveGroup(id, true));
    await world.until(() => groupOf(a) === undefined, 'gone here');
    await world.until(() => groupOf(second)?.ended !== null, 'over there');
    await world.until(() => groupOf(b)?.memberCount === 1, 'taken out', 60_000);
    expect(left(a)).toEqual([]);
    await a.restart();
    await a.online();
    await world.clock.pass(5_000);
    expect(groupOf(a)).toBeUndefined();
    await b.api.addMembers(groupId(b), [anna.accountId]);
    await world.until(() => groupOf(a)?.ended === null && groupOf(a)?.memberCount === 2, 'back', 60_000);
    await b.api.sendText(groupId(b), 'two');
    await a.shows(['two'], groupId(a));
  });

  it('is called on a new device what it is, before anything of it was read', async () => {
    const id = await createdGroup(world, [a, b]);
    await a.api.setConversationHistory(id, false);
    await world.clock.pass(5_000);
    await a.api.editGroup(id, { name: 'Runners' });
    await world.until(() => groupOf(b)?.title === 'Runners', 'renamed');
    await world.clock.pass(30_000);
    const third = await ben.addDevice();
    await third.online();
    await world.until(() => groupOf(third)?.title === 'Runners', 'named');
  });
});
