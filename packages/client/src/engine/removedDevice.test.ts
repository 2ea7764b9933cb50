import { create, fromBinary } from '@bufbuild/protobuf';
import { openDeposit, verifyChain } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import {
  type AccountId,
  type AppendRequest,
  AppendRequestSchema,
  type ConversationId,
  type DeviceId,
  type Entry,
  EntrySchema,
  idToBytes,
  LogKind,
  MessageEntrySchema,
  RequestSchema,
  ServerFrameSchema,
} from '@sotto/protocol';
import { expect, it } from 'vitest';
import { readHistoryKeys } from '../account/historyKeyTable.ts';
import { readStoredChain } from '../directory/chainTable.ts';
import { forkLogs } from '../testing/forkLogs.ts';
import { answered, createdGroup, groupId, groupOf, threeOnline } from '../testing/groupWorld.ts';
import { type TestDevice, TestWorld } from '../testing/testWorld.ts';

/** Entries of its account's keyring that a device is shown from now on. */
function watchKeyring(device: TestDevice): Entry[] {
  const entries: Entry[] = [];
  device.toDevice = (frame) => {
    const { kind } = fromBinary(ServerFrameSchema, frame);
    const push = kind.case === 'push' && kind.value.kind.case === 'entries' ? kind.value.kind.value : null;
    if (push?.log?.kind === LogKind.KEYRING) {
      entries.push(...push.entries.map((bytes) => fromBinary(EntrySchema, bytes)));
    }
    return [frame];
  };
  return entries;
}

/** Epochs of which these keys open a deposit that this account made for the device's. */
async function openedEpochs(
  device: TestDevice,
  deposits: readonly Entry[],
  historyPrivateKeys: readonly Uint8Array[],
  by: AccountId,
): Promise<bigint[]> {
  const provider = await loadNodeProvider();
  const stored = device.disk.open().read((sql) => readStoredChain(sql, by))!;
  const chain = await verifyChain(provider, stored.entries, { accountId: by });
  if (chain.kind === 'refused') throw new Error(chain.reason);
  const opened: bigint[] = [];
  for (const { kind, senderAccount, senderDevice } of deposits) {
    if (kind.case !== 'deposit' || senderAccount.toHex() !== by) continue;
    const { firstEpoch: _, ...value } = kind.value;
    const deposit = { ...value, conversationId: value.conversationId.toHex() as ConversationId };
    const depositor = { accountId: by, deviceId: senderDevice.toHex() as DeviceId };
    const recipient = { accountId: device.accountId, historyPrivateKeys };
    const result = await openDeposit(provider, recipient, deposit, depositor, chain);
    if (result.kind === 'deposit') opened.push(deposit.epoch);
  }
  return opened;
}

const deviceIdOf = ({ session }: TestDevice): DeviceId => {
  if (session.kind !== 'signedIn') throw new Error(`The session is ${session.kind}`);
  return session.deviceId;
};

it('gets no history key from a device that joins before it has heard of the removal', async () => {
  const world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const ben = await world.addAccount('ben');
  const phone = await anna.addDevice();
  const lost = await anna.addDevice();
  const b = await ben.addDevice();
  for (const device of [phone, lost, b]) await device.online();
  const id = await phone.meet(ben);
  await phone.api.sendText(id, 'before');
  for (const device of [lost, b]) await device.shows(['before']);
  const late = await anna.addDevice((device) => device.goOffline());
  const memberIds = (): number => {
    let count = 0;
    phone.api.watch({ kind: 'conversation', conversationId: id }, (view) => {
      count = view?.members.reduce((sum, member) => sum + member.deviceCount, 0) ?? 0;
    })();
    return count;
  };
  const deposits = watchKeyring(phone);
  const stolen = await lost.disk.open().read(readHistoryKeys);
  await anna.removeDevice(deviceIdOf(lost));
  await world.until(() => lost.session.kind === 'stopped' && memberIds() === 2, 'it is out');

  // What has changed in the account reaches the new device last.
  let isHolding = true;
  late.toServer = (frame) =>
    isHolding && fromBinary(RequestSchema, frame).method === 'GetChain' ? [] : [frame];
  world.clock.schedule(45_000, () => {
    isHolding = false;
  });
  late.goOnline();
  await world.until(() => late.conversations[0]?.state === 'ready' && memberIds() === 3, 'it has joined');
  await b.api.sendText(b.conversations[0]!.conversationId, 'after');
  await late.shows(['before', 'after']);

  const keys = phone.disk.open().read(readHistoryKeys);
  const opening = (of: readonly Uint8Array[]) => openedEpochs(phone, deposits, of, anna.accountId);
  expect(await opening(keys)).toContain(3n);
  expect(await opening(stolen)).not.toContain(3n);
});

it('gets no key of a group from a device that comes to it and knows its account from before', async () => {
  const world = await TestWorld.create();
  const {
    accounts: [, ben, dora],
    devices: [a, b, phone],
  } = await threeOnline(world, ['anna', 'ben', 'dora']);
  const lost = await dora.addDevice();
  await lost.online();
  const id = await createdGroup(world, [a, b]);
  await b.api.sendText(groupId(b), 'before');
  await a.shows(['before'], id);
  await b.find(dora);
  b.goOffline();
  await world.clock.pass(100);
  const deposits = watchKeyring(phone);
  const stolen = lost.disk.open().read(readHistoryKeys);
  await dora.removeDevice(deviceIdOf(lost));
  await world.until(() => lost.session.kind === 'stopped', 'it is out');
  await a.find(dora);
  await a.api.addMembers(id, [dora.accountId]);
  await world.until(() => groupOf(phone)?.state === 'ready', 'dora is in');
  await b.crash();
  b.disk.exec('UPDATE group_record SET value = zeroblob(10) WHERE section = 0');
  await b.start();
  b.goOnline();
  await world.until(() => groupOf(b)?.memberCount === 3 && groupOf(b)?.state === 'ready', 'it is back');
  await b.api.sendText(groupId(b), 'after');
  await world.until(() => deposits.some((one) => one.senderAccount.toHex() === ben.accountId), 'deposited');
  const keys = phone.disk.open().read(readHistoryKeys);
  expect(await openedEpochs(phone, deposits, keys, ben.accountId)).toEqual([3n]);
  expect(await openedEpochs(phone, deposits, stolen, ben.accountId)).toEqual([]);
});

it('gets no history key by a commit that was made while it was there and arrived after it was gone', async () => {
  const world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const ben = await world.addAccount('ben');
  const phone = await anna.addDevice();
  const b = await ben.addDevice();
  for (const device of [phone, b]) await device.online();
  const deposits = watchKeyring(phone);
  await b.find(anna);
  let isMade = false;
  b.toServer = (frame) => {
    if (fromBinary(RequestSchema, frame).method === 'CreateConversation') isMade = true;
    return isMade ? [] : [frame];
  };
  const opened = await answered(world, b.api.openDirectConversation(anna.accountId));
  if (opened.kind === 'problem') throw new Error(opened.problem.kind);
  await world.until(() => isMade, 'the commit is made');
  b.goOffline();
  const lost = await anna.addDevice();
  await lost.online();
  const stolen = lost.disk.open().read(readHistoryKeys);
  await anna.removeDevice(deviceIdOf(lost));
  await world.until(() => lost.session.kind === 'stopped', 'it is out');
  b.toServer = (frame) => [frame];
  b.goOnline();
  await b.api.sendText(opened.value, 'hello');
  await phone.shows(['hello']);
  const keys = phone.disk.open().read(readHistoryKeys);
  expect(await openedEpochs(phone, deposits, keys, ben.accountId)).toEqual([1n]);
  expect(await openedEpochs(phone, deposits, stolen, ben.accountId)).toEqual([]);
});

it('may have come and gone while a contact was away: the contact follows, and nothing is repaired', async () => {
  const world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const ben = await world.addAccount('ben');
  const phone = await anna.addDevice();
  const b = await ben.addDevice();
  const b2 = await ben.addDevice();
  for (const device of [phone, b, b2]) await device.online();
  const id = await phone.meet(ben);
  await phone.api.sendText(id, 'before');
  for (const device of [b, b2]) await device.shows(['before']);
  b.goOffline();
  await b2.crash();
  const visitor = await anna.addDevice();
  await world.until(() => visitor.conversations[0]?.state === 'ready', 'it has joined');
  await visitor.api.sendText(visitor.conversations[0]!.conversationId, 'from a visit');
  await phone.shows(['before', 'from a visit']);
  await anna.removeDevice(deviceIdOf(visitor));
  await world.until(() => visitor.session.kind === 'stopped', 'it was told');
  await phone.shows(['before', 'from a visit']);
  await phone.api.sendText(id, 'alone again');
  const texts = ['before', 'from a visit', 'alone again'];
  b.goOnline();
  await b2.start();
  for (const device of [b, b2]) {
    await device.shows(texts);
    const { conversationId } = device.conversations[0]!;
    await device.api.sendText(conversationId, 'back');
    texts.push('back');
    await phone.shows(texts);
    const shown = await device.messages(conversationId);
    const told = shown.map(({ body }) => (body.kind === 'notice' ? body.notice.kind : body.kind));
    expect(told).not.toContain('healed');
    expect(told).not.toContain('unreadable');
    let devices = 0;
    device.api.watch({ kind: 'conversation', conversationId }, (view) => {
      devices = view?.members.reduce((sum, member) => sum + member.deviceCount, 0) ?? 0;
    })();
    expect(devices).toBe(3);
  }
});

it('leaves a key that another one has not heard of yet, and takes nobody for a liar who uses it', async () => {
  const world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const ben = await world.addAccount('ben');
  const a = await anna.addDevice();
  const b = await ben.addDevice();
  const lost = await ben.addDevice();
  for (const device of [a, b, lost]) await device.online();
  b.toServer = (frame) => (fromBinary(RequestSchema, frame).method === 'GetChain' ? [] : [frame]);
  await ben.removeDevice(deviceIdOf(lost));
  await a.api.sendText(await a.meet(ben), 'to the new key');
  await b.shows(['to the new key']);
  await world.clock.pass(20_000);
  expect(b.disk.rows('SELECT * FROM security_notice')).toEqual([]);
  b.toServer = (frame) => [frame];
  b.breakConnection();
  await world.until(() => b.disk.rows('SELECT 1 FROM history_key').length === 2, 'it has the new key');
  await world.clock.pass(20_000);
  expect(b.disk.rows('SELECT * FROM security_notice')).toEqual([]);
});

it('says nothing more, also where the server keeps back what it wrote until it was out', async () => {
  const world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const ben = await world.addAccount('ben');
  const phone = await anna.addDevice();
  const lost = await anna.addDevice();
  const b = await ben.addDevice();
  for (const device of [phone, lost, b]) await device.online();
  const id = await phone.meet(ben);
  await phone.api.sendText(id, 'before');
  for (const device of [lost, b]) await device.shows(['before']);
  // What the lost device wrote while it was one; of old epochs it can write more of it at any time.
  let kept: AppendRequest | null = null;
  lost.toServer = (frame) => {
    const { method, payload } = fromBinary(RequestSchema, frame);
    if (method !== 'Append') return [frame];
    const request = fromBinary(AppendRequestSchema, payload);
    if (request.kind.case === 'message' && request.kind.value.kept !== undefined) kept = request;
    return [];
  };
  await lost.api.sendText(lost.conversations[0]!.conversationId, 'send me money');
  await world.until(() => kept !== null, 'it is written');
  const lostId = deviceIdOf(lost);
  const epoch = (): number => {
    let present = 0;
    b.api.watch({ kind: 'conversation', conversationId: b.conversations[0]!.conversationId }, (view) => {
      present = view?.epoch ?? 0;
    })();
    return present;
  };
  await anna.removeDevice(lostId);
  await world.until(() => BigInt(epoch()) > kept!.epoch, 'it is out of the group');
  let shown = 0;
  forkLogs(b, LogKind.CONVERSATION, (entry) => {
    if (shown > 0 || entry.kind.case !== 'message' || entry.kind.value.kept === undefined) return [entry];
    shown += 1;
    const { epoch: signedEpoch, transactionId, kind } = kept!;
    if (kind.case !== 'message') return [entry];
    const forged = create(EntrySchema, {
      ...entry,
      transactionId,
      senderDevice: idToBytes(lostId),
      epoch: signedEpoch,
      kind: { case: 'message', value: create(MessageEntrySchema, { ...kind.value }) },
    });
    return [entry, forged];
  });
  await phone.api.sendText(id, 'after');
  await b.shows(['before', 'after']);
  expect(shown).toBe(1);
  await world.clock.pass(5_000);
  b.breakConnection();
  await world.clock.pass(20_000);
  expect(await b.texts()).toEqual(['before', 'after']);
});

it('may have come and gone while a device was away: what was said meanwhile is read, though nothing keeps it', async () => {
  const world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const ben = await world.addAccount('ben');
  const a = await anna.addDevice();
  const b = await ben.addDevice();
  for (const device of [a, b]) await device.online();
  const id = await a.meet(ben);
  await a.api.sendText(id, 'before');
  await b.shows(['before']);
  // What disappears is in no history: who cannot follow the group has lost it.
  await a.api.setTimer(id, 3600);
  await world.until(() => b.conversations[0]?.timer.seconds === 3600, 'the timer is on');

  // Ben hears of everything but the conversation.
  b.toDevice = (frame) => {
    const { kind } = fromBinary(ServerFrameSchema, frame);
    const push = kind.case === 'push' && kind.value.kind.case === 'entries' ? kind.value.kind.value : null;
    return push?.log?.kind === LogKind.CONVERSATION ? [] : [frame];
  };
  b.breakConnection();
  await world.until(() => b.connection.kind !== 'online', 'the connection is lost');
  await world.until(() => b.connection.kind === 'catchingUp', 'there is another one');
  const browser = await anna.addDevice();
  await browser.online();
  await world.until(() => browser.conversations[0]?.timer.seconds === 3600, 'the browser is in the group');
  await a.api.sendText(id, 'meanwhile');
  await browser.shows(['before', 'meanwhile']);
  await anna.removeDevice(deviceIdOf(browser));
  const knownOfAnna = () =>
    b.disk.rows("SELECT chain_seq FROM account WHERE username = 'anna'")[0]?.chain_seq;
  await world.until(() => knownOfAnna() === 2, 'the removal is known');
  await b.crash();
  b.toDevice = (frame) => [frame];
  await b.start();
  await b.shows(['before', 'meanwhile']);
  expect((await b.messages()).some(({ body }) => body.kind === 'unreadable')).toBe(false);
  await b.api.sendText(b.conversations[0]!.conversationId, 'and after');
  await a.shows(['before', 'meanwhile', 'and after']);
});
