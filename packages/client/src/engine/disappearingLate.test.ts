/** Timers and disappearing messages of devices that were away, or late (spec/disappearing.md). */
import { beforeEach, expect, it } from 'vitest';
import { annaAndBen } from '../testing/annaAndBen.ts';
import { lie } from '../testing/lies.ts';
import type { TestAccount, TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;

beforeEach(async () => {
  ({ world, anna, ben, a, b } = await annaAndBen());
});

const only = (device: TestDevice) => device.conversations[0]!;
const idOf = (device: TestDevice) => only(device).conversationId;

it('keeps a timer that was set before it turned out that the other had begun the conversation', async () => {
  await a.meet(ben);
  await b.find(anna);
  a.goOffline();
  await b.api.sendText(await b.open(anna), 'hello');
  await world.until(() => only(b).state === 'ready', 'the conversation is begun');
  expect(await a.api.setTimer(idOf(a), 30)).toEqual({ kind: 'ok', value: null });
  await a.api.sendText(idOf(a), 'secret');
  expect(only(a).timer).toEqual({ seconds: 30, wanted: null, problem: null });
  a.goOnline();
  await b.shows(['hello', 'secret']);
  expect((await b.messages()).at(-1)?.timer?.seconds).toBe(30);
  await world.until(
    () => [a, b].every((device) => only(device).timer.seconds === 30 && only(device).timer.wanted === null),
    'the timer is in force',
  );
});

it('shows what has not disappeared yet where the end of the log was read first', async () => {
  await a.meet(ben);
  await a.api.sendText(idOf(a), 'before');
  await b.shows(['before']);
  await a.api.setTimer(idOf(a), 3600);
  await world.until(() => only(b).timer.seconds === 3600, 'the timer is in force');
  await b.crash();
  for (let n = 1; n <= 5; n++) await a.api.sendText(idOf(a), `secret ${n}`);
  await world.until(() => only(a).lastMessage?.state === 'sent', 'all is sent');
  b.farEntries = { inAll: 2, inOne: 1 };
  await b.restart();
  await b.shows(['before', 'secret 1', 'secret 2', 'secret 3', 'secret 4', 'secret 5']);
  const notices = (await b.messages()).flatMap(({ body }) =>
    body.kind === 'notice' ? [body.notice.kind] : [],
  );
  expect(notices).not.toContain('disappeared');
});

/** Ben's tablet, where a conversation with Anna waits to begin, and does elsewhere meanwhile. */
async function addTablet(): Promise<TestDevice> {
  const tablet = await ben.addDevice();
  await tablet.online();
  await tablet.find(anna);
  tablet.goOffline();
  await world.until(() => tablet.connection.kind !== 'online', 'the tablet is offline');
  await tablet.open(anna);
  return tablet;
}

/** It reads what the account's devices say of the conversation before it comes to that itself. */
async function comeLate(tablet: TestDevice): Promise<void> {
  lie(tablet, { drops: (method) => method === 'ReadLog' });
  tablet.goOnline();
  await world.until(
    () => tablet.disk.rows('SELECT 1 FROM own_item WHERE read_seq > 0').length > 0,
    'the items are here',
  );
  expect(only(tablet).state).toBe('waiting');
  lie(tablet, {});
  tablet.breakConnection();
}

it('runs down by what another device showed before this one came to the conversation', async () => {
  const tablet = await addTablet();
  await a.meet(ben);
  await a.api.setTimer(idOf(a), 30);
  await a.api.sendText(idOf(a), 'secret');
  await b.shows(['secret']);
  await b.api.markRead(idOf(b), only(b).lastMessage!.order);
  await world.clock.pass(5_000);
  const { expiresAtMs } = (await b.messages()).at(-1)!.timer!;
  await comeLate(tablet);
  await tablet.shows(['secret']);
  expect((await tablet.messages()).at(-1)?.timer?.expiresAtMs).toBe(expiresAtMs);
  await world.clock.pass(26_000);
  expect(await tablet.texts()).toEqual([]);
});

it('has what another device read and wrote before this one came to the conversation', async () => {
  const tablet = await addTablet();
  await a.meet(ben);
  await a.api.sendText(idOf(a), 'hello');
  await a.api.sendText(idOf(a), 'are you there?');
  await b.shows(['hello', 'are you there?']);
  await b.api.markRead(idOf(b), only(b).lastMessage!.order);
  await b.api.saveDraft(idOf(b), { text: 'I am', replyTo: null });
  await world.clock.pass(10_000);
  await comeLate(tablet);
  await tablet.shows(['hello', 'are you there?']);
  expect(only(tablet)).toMatchObject({ unreadCount: 0, ownReadOrder: only(b).ownReadOrder, draft: 'I am' });
});

it('counts no time twice that passes while it hears what time it is', async () => {
  await a.meet(ben);
  await a.api.setTimer(idOf(a), 5);
  await a.api.sendText(idOf(a), 'first');
  await b.shows(['first']);
  await a.crash();
  await world.clock.pass(10_000);
  // What is over goes as it starts, and the server says the time while it rests after that.
  a.goOffline();
  await a.restart();
  await world.clock.pass(200);
  a.goOnline();
  await a.online();
  await a.shows([]);
  await world.clock.pass(1_000);
  await a.api.sendText(idOf(a), 'second');
  await world.until(() => only(a).lastMessage?.state === 'sent', 'it is sent');
  await world.clock.pass(4_900);
  expect(await a.texts()).toEqual(['second']);
  await world.clock.pass(200);
  expect(await a.texts()).toEqual([]);
});
