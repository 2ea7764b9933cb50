import type { ConversationId } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { NewMessage } from '../api.ts';
import { groupId, groupOf, newGroup, threeOnline } from '../testing/groupWorld.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let ben: TestAccount;
let cleo: TestAccount;
let a: TestDevice;
let b: TestDevice;
let c: TestDevice;
let late: TestAccount;

const toAll = (text: string): NewMessage => ({ text, mentions: [{ start: 0, end: 9, account: null }] });
const notAllowed = { kind: 'problem', problem: { kind: 'notAllowed' } };

/** Three who are there, and others whose devices are off. */
async function groupOfAccounts(count: number): Promise<ConversationId> {
  const absent = await Promise.all(
    Array.from({ length: count - 3 }, async (_, at) => {
      const account = await world.addAccount(`absent${at}`);
      await (await account.addDevice()).crash();
      await a.find(account);
      return account;
    }),
  );
  const made = await a.api.createGroup(newGroup([ben, cleo, ...absent]));
  if (made.kind === 'problem') throw new Error(made.problem.kind);
  await world.until(
    () => [a, b, c].every((one) => groupOf(one)?.memberCount === count),
    'the group is there',
  );
  return made.value;
}

beforeEach(async () => {
  world = await TestWorld.create();
  ({
    accounts: [, ben, cleo],
    devices: [a, b, c],
  } = await threeOnline(world, ['anna', 'ben', 'cleo']));
  late = await world.addAccount('late');
  await (await late.addDevice()).crash();
  await a.find(late);
});

describe('everyone at once', () => {
  it('is mentioned by all members of a group of 20, and by owner and admins alone of a larger one', async () => {
    const id = await groupOfAccounts(20);
    expect([a, b].map((one) => groupOf(one)!.may.nameEveryone)).toEqual([true, true]);
    const sent = await b.api.sendMessage(groupId(b), toAll('@everyone one'));
    expect(sent.kind).toBe('ok');
    await c.shows(['@everyone one'], groupId(c));
    expect(groupOf(c)?.unreadMentions).toBe(1);

    await a.api.addMembers(id, [late.accountId]);
    await world.until(() => [a, b, c].every((one) => groupOf(one)?.memberCount === 21), 'there are 21');
    expect([a, b].map((one) => groupOf(one)!.may.nameEveryone)).toEqual([true, false]);
    expect(await b.api.sendMessage(groupId(b), toAll('@everyone two'))).toEqual(notAllowed);
    await b.api.sendText(groupId(b), 'two');
    await c.shows(['@everyone one', 'two'], groupId(c));
    const two = (await b.messages(groupId(b))).at(-1)!.messageId;
    const { mentions } = toAll('');
    expect(await b.api.editMessage(groupId(b), two, '@everyone two', mentions!)).toEqual(notAllowed);
    expect((await a.api.sendMessage(id, toAll('@everyone three'))).kind).toBe('ok');
    await c.shows(['@everyone one', 'two', '@everyone three'], groupId(c));
    expect(groupOf(c)?.unreadMentions).toBe(2);

    await a.api.setRole(id, ben.accountId, 'admin');
    await world.until(() => groupOf(b)!.may.nameEveryone, 'ben is an admin');
    expect((await b.api.sendMessage(groupId(b), toAll('@everyone four'))).kind).toBe('ok');

    // A device that reads all of it from history judges by the groups of then.
    const again = await cleo.addDevice();
    await again.online();
    await world.until(() => groupOf(again) !== undefined, 'the group is there');
    const texts = ['@everyone one', 'two', '@everyone three', '@everyone four'];
    await again.shows(texts, groupId(again));
    const said = (await again.messages(groupId(again))).flatMap(({ body }) =>
      body.kind === 'text' ? [body.mentions.length] : [],
    );
    expect(said).toEqual([1, 0, 1, 1]);
  });

  it('is not told to the others where the group grew before the message left', async () => {
    const id = await groupOfAccounts(20);
    b.goOffline();
    await world.clock.pass(100);
    expect((await b.api.sendMessage(groupId(b), toAll('@everyone late'))).kind).toBe('ok');
    await a.api.addMembers(id, [late.accountId]);
    await world.until(() => groupOf(a)?.memberCount === 21, 'there are 21');
    b.goOnline();
    await world.until(() => groupOf(b)?.memberCount === 21, 'ben sees that');
    await world.clock.pass(5_000);
    expect((await b.messages(groupId(b))).at(-1)).toMatchObject({ state: 'failed' });
    expect(groupOf(c)?.unreadMentions).toBe(0);
  });
});
