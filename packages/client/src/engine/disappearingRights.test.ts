/** Who sets after how long a group's messages disappear, and who does not, whatever their clients send (spec/disappearing.md). */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type * as Crypto from '@sotto/crypto';
import {
  AppendRequestSchema,
  idToBytes,
  RequestSchema,
  ServerFrameSchema,
  type TransactionId,
} from '@sotto/protocol';
import { beforeEach, expect, it, vi } from 'vitest';
import { answered, createdGroup, groupId, groupOf, rolesIn, threeOnline } from '../testing/groupWorld.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

/** Accounts whose clients take them for the owner of every group. */
const cheaters = new Set<string>();

vi.mock('@sotto/crypto', async (load) => {
  const actual = await load<typeof Crypto>();
  const changePolicy: typeof Crypto.changePolicy = (context, group, self, change, directory) => {
    const { policy } = group;
    if (policy.kind === 'direct' || !cheaters.has(self.accountId)) {
      return actual.changePolicy(context, group, self, change, directory);
    }
    const believed = { ...policy, ownerId: self.accountId };
    return actual.changePolicy(context, { ...group, policy: believed }, self, change, directory);
  };
  return { ...actual, changePolicy };
});

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;
let c: TestDevice;

beforeEach(async () => {
  cheaters.clear();
  world = await TestWorld.create();
  ({
    accounts: [anna, ben],
    devices: [a, b, c],
  } = await threeOnline(world, ['anna', 'ben', 'cleo']));
  await createdGroup(world, [a, b, c]);
});

const timerOf = (device: TestDevice) => groupOf(device)?.timer;

const setBy = async (device: TestDevice): Promise<string[]> =>
  (await answered(world, device.messages(groupId(device)))).flatMap(({ body }) =>
    body.kind === 'notice' && body.notice.kind === 'timer'
      ? [`${body.notice.account.username} ${body.notice.seconds}`]
      : [],
  );

it('a member without the right is told so, and sets nothing', async () => {
  expect(await b.api.setTimer(groupId(b), 30)).toEqual({ kind: 'problem', problem: { kind: 'notAllowed' } });
  expect(await a.api.setTimer(groupId(a), 60)).toMatchObject({ kind: 'ok' });
  await world.until(() => [a, b, c].every((one) => timerOf(one)?.seconds === 60), 'the owner’s is set');
  for (const device of [a, b, c]) expect(await setBy(device)).toEqual(['anna 60']);
});

it('a member who has the right sets it, and messages go by it on every device', async () => {
  await a.api.setGroupRights(groupId(a), { setTimer: 'everyone' });
  let problem = true;
  await world.until(() => {
    void b.api.setTimer(groupId(b), 5).then(({ kind }) => {
      problem = kind === 'problem';
    });
    return !problem;
  }, 'ben may set it');
  await world.until(() => [a, b, c].every((one) => timerOf(one)?.seconds === 5), 'it is set');
  await c.api.sendText(groupId(c), 'secret');
  for (const device of [a, b, c]) await device.shows(['secret'], groupId(device));
  for (const device of [a, b]) await device.api.markRead(groupId(device), Number.MAX_SAFE_INTEGER);
  await world.clock.pass(8_000);
  for (const device of [a, b, c]) {
    expect(await device.texts(groupId(device))).toEqual([]);
    expect(await setBy(device)).toEqual(['ben 5']);
    expect(Buffer.from(device.disk.serialize()).includes('secret')).toBe(false);
  }
});

it('one whose right ended before it got to the server is told so, and what waits goes under the old timer', async () => {
  await a.api.setGroupRights(groupId(a), { setTimer: 'everyone' });
  let isAllowed = false;
  await world.until(() => {
    void b.api.setTimer(groupId(b), 0).then(({ kind }) => {
      isAllowed = kind === 'ok';
    });
    return isAllowed;
  }, 'ben may set it');
  b.goOffline();
  expect(await b.api.setTimer(groupId(b), 30)).toMatchObject({ kind: 'ok' });
  await b.api.sendText(groupId(b), 'written after it');
  await a.api.setGroupRights(groupId(a), { setTimer: 'admins' });
  await c.shows([], groupId(c));
  await world.clock.pass(5_000);
  b.goOnline();
  await world.until(() => timerOf(b)?.problem !== null, 'he is told');
  expect(timerOf(b)).toEqual({ seconds: 0, wanted: 30, problem: { kind: 'notAllowed' } });
  await a.shows(['written after it'], groupId(a));
  for (const device of [a, b, c]) expect(await setBy(device)).toEqual([]);
});

it('a member whose client keeps no rules is refused by all others, whatever the server takes', async () => {
  cheaters.add(ben.accountId);
  b.disk.exec(`UPDATE group_info SET rules = replace(rules, '${anna.accountId}', '${ben.accountId}')`);
  expect(await b.api.setTimer(groupId(b), 30)).toMatchObject({ kind: 'ok' });
  await world.until(() => groupOf(a)?.state === 'healing', 'anna has seen it', 60_000);
  await world.clock.pass(60_000);
  for (const device of [a, c]) {
    expect(timerOf(device)).toEqual({ seconds: 0, wanted: null, problem: null });
    expect(await setBy(device)).toEqual([]);
    expect(rolesIn(device)).toEqual(['anna owner', 'ben member', 'cleo member']);
  }
});

it('who is no member puts nothing into the group’s log', async () => {
  const dan = await world.addAccount('dan');
  const d = await dan.addDevice();
  await d.online();
  const withAnna = await d.meet(anna);
  await d.api.sendText(withAnna, 'hello');
  const idAtServer = idToBytes(groupId(a));
  const refused: string[] = [];
  const diverted = new Set<number>();
  d.toServer = (bytes) => {
    const request = fromBinary(RequestSchema, bytes);
    if (request.method !== 'Append') return [bytes];
    const append = fromBinary(AppendRequestSchema, request.payload);
    if (append.kind.case !== 'commit') return [bytes];
    diverted.add(request.id);
    const transactionId = idToBytes('e7'.repeat(16) as TransactionId);
    const payload = toBinary(AppendRequestSchema, { ...append, conversationId: idAtServer, transactionId });
    return [toBinary(RequestSchema, { ...request, payload })];
  };
  d.toDevice = (bytes) => {
    const { kind } = fromBinary(ServerFrameSchema, bytes);
    if (kind.case === 'response' && diverted.has(kind.value.id) && kind.value.result.case === 'error') {
      refused.push(kind.value.result.value.code);
    }
    return [bytes];
  };
  await world.until(() => d.conversations.some(({ state }) => state === 'ready'), 'dan has his conversation');
  await d.api.setTimer(withAnna, 30);
  await world.until(() => refused.length > 0, 'it is refused');
  expect(['not_a_member', 'unknown_conversation']).toContain(refused[0]);
  await a.api.sendText(groupId(a), 'undisturbed');
  for (const device of [a, b, c]) {
    await device.shows(['undisturbed'], groupId(device));
    expect(timerOf(device)?.seconds).toBe(0);
    expect(groupOf(device)?.state).toBe('ready');
  }
});
