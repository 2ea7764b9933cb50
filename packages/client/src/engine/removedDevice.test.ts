import { create, fromBinary } from '@bufbuild/protobuf';
import { openDeposit, verifyChain } from '@sotto/crypto';
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

  const accountId: AccountId = anna.accountId;
  const keys = phone.disk.open().read(readHistoryKeys);
  const stored = phone.disk.open().read((sql) => readStoredChain(sql, accountId))!;
  const chain = await verifyChain(world.provider, stored.entries, { accountId });
  if (chain.kind === 'refused') throw new Error(chain.reason);
  const opening = async (historyPrivateKeys: readonly Uint8Array[]): Promise<bigint[]> => {
    const opened: bigint[] = [];
    for (const { kind, senderAccount, senderDevice } of deposits) {
      if (kind.case !== 'deposit' || senderAccount.toHex() !== accountId) continue;
      const deposit = { ...kind.value, conversationId: kind.value.conversationId.toHex() as ConversationId };
      const depositor = { accountId, deviceId: senderDevice.toHex() as DeviceId };
      const recipient = { accountId, historyPrivateKeys };
      const result = await openDeposit(world.provider, recipient, deposit, depositor, chain);
      if (result.kind === 'deposit') opened.push(deposit.epoch);
    }
    return opened;
  };
  expect(await opening(keys)).toContain(3n);
  expect(await opening(stolen)).not.toContain(3n);
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
