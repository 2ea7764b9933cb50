/**
 * Gone means gone (spec/disappearing.md, "The keys"): whoever has recorded everything that the server ever saw, and takes
 * every device with all that is on it after messages disappeared, opens none of them.
 */
import { fromBinary } from '@bufbuild/protobuf';
import type * as Crypto from '@sotto/crypto';
import { AppendRequestSchema, RequestSchema } from '@sotto/protocol';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createdGroup } from '../testing/groupWorld.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';
import { openRecorded, Recorder, steal } from '../testing/thief.ts';

/** The key of every message's body that was made. */
const bodyKeys: Uint8Array[] = [];

vi.mock('@sotto/crypto', async (load) => {
  const actual = await load<typeof Crypto>();
  const protectMessage: typeof Crypto.protectMessage = (context, ...rest) => {
    const randomBytes = (sizeBytes: number): Uint8Array => {
      const bytes = context.provider.randomBytes(sizeBytes);
      if (sizeBytes === 32) bodyKeys.push(bytes.slice());
      return bytes;
    };
    const provider = { ...context.provider, randomBytes };
    return actual.protectMessage({ ...context, provider }, ...rest);
  };
  return { ...actual, protectMessage };
});

const dayMs = 24 * 3_600_000;
let world: TestWorld;
let recorder: Recorder;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;

beforeEach(async () => {
  bodyKeys.length = 0;
  world = await TestWorld.create();
  recorder = new Recorder(world.provider);
  anna = await world.addAccount('anna');
  ben = await world.addAccount('ben');
  a = await online(anna);
  b = await online(ben);
});

async function online(account: TestAccount): Promise<TestDevice> {
  const device = await account.addDevice((one) => recorder.attach(one));
  await device.online();
  return device;
}

const idOf = (device: TestDevice) => device.conversations[0]!.conversationId;
const found = async (stolen: Awaited<ReturnType<typeof steal>>) =>
  openRecorded(world.provider, stolen, recorder, world.clock.now());
const stealFrom = ({ disk }: TestDevice) => steal(world.provider, disk, [a.disk, b.disk]);
const foundNow = async (device: TestDevice) => found(await stealFrom(device));

/** Anna and ben have said `before`, and then set a timer of five seconds. */
async function underTimer(...devices: TestDevice[]): Promise<void> {
  await a.meet(ben);
  await a.api.sendText(idOf(a), 'before');
  for (const device of devices) await device.shows(['before']);
  await a.api.setTimer(idOf(a), 5);
  await world.until(
    () => devices.every(({ conversations }) => conversations[0]?.timer.seconds === 5),
    'the timer is set',
  );
}

/** Shows everything that is here. */
async function look(device: TestDevice): Promise<void> {
  const last = (await device.messages()).findLast(({ order }) => order < 2 ** 40);
  await device.api.markRead(idOf(device), last?.order ?? 0);
}

async function says(device: TestDevice, text: string): Promise<void> {
  await device.api.sendText(idOf(device), text);
}

function holds(device: TestDevice, bytes: Uint8Array | string): boolean {
  return Buffer.from(device.disk.serialize()).includes(bytes);
}

/** Secrets of its groups' messages that a device has now: of nodes not opened yet, and of senders' next messages. */
function messageSecrets(device: TestDevice): string[] {
  return device.disk
    .rows('SELECT value, idx FROM group_record WHERE section = 2')
    .map(({ value, idx }) => ((idx as number) % 4 === 0 ? value : (value as Uint8Array).slice(1, 33)))
    .map((secret) => (secret as Uint8Array).toHex());
}

/** Private halves of KeyPackages: what opens Welcomes. */
const keyPackagesOf = (device: TestDevice) =>
  device.disk.rows('SELECT ref, last_resort FROM key_package WHERE published = 1');

describe('after messages disappeared, with every device and all that the server saw', () => {
  it('none of them opens, nor anything that was done to them; what stays does', async () => {
    const b2 = await online(ben);
    const all = [a, b, b2];
    await underTimer(...all);
    const early = await Promise.all(all.map(stealFrom));
    const superseded = new Map(all.map((device) => [device, new Set<string>()]));
    const note = () => {
      for (const [device, seen] of superseded) for (const secret of messageSecrets(device)) seen.add(secret);
    };
    note();
    await says(a, 'secret one');
    await b.shows(['before', 'secret one']);
    note();
    const { messageId } = (await b.messages()).at(-1)!;
    await says(b, 'secret two');
    await b.api.react(idOf(b), messageId, '🦊');
    await a.shows(['before', 'secret one', 'secret two']);
    note();
    await a.api.editMessage(idOf(a), (await a.messages()).at(-2)!.messageId, 'secret three', []);
    await b2.shows(['before', 'secret three', 'secret two']);
    for (const device of all) await look(device);
    note();
    // Stolen while they are there, a device shows them, and the recording says no more than that.
    expect(holds(b2, 'secret three')).toBe(true);

    await world.clock.pass(8_000);
    for (let message = 0; message < 40; message++) {
      await says(message % 2 === 0 ? a : b, `talk ${message}`);
      if (message % 8 === 0) await world.clock.pass(1_000);
      note();
    }
    const isHere = ({ conversations: [one] }: TestDevice) =>
      JSON.stringify(one?.lastMessage).includes('talk 39');
    await world.until(() => all.every(isHere), 'all of it came');
    for (const device of all) await look(device);
    note();
    await world.clock.pass(8_000);
    await world.service.letPassingGo();
    for (const device of all) expect(await device.texts()).toEqual(['before']);

    const seen = ['before', 'edit: secret three', 'reaction', 'receipt', 'secret one', 'secret two'];
    for (const stolen of early) {
      const { said } = await found(stolen);
      expect(said.filter((one) => !one.startsWith('talk')).sort()).toEqual(seen);
      expect(said.filter((one) => one.startsWith('talk'))).toHaveLength(40);
    }
    for (const device of all) {
      expect((await foundNow(device)).said).toEqual(['before']);
      for (const text of ['secret', 'talk', '🦊']) expect(holds(device, text)).toBe(false);
      expect(bodyKeys.length).toBeGreaterThan(43);
      for (const key of bodyKeys) expect(holds(device, key)).toBe(false);
      const now = new Set(messageSecrets(device));
      const past = [...superseded.get(device)!].filter((secret) => !now.has(secret));
      expect(past.length).toBeGreaterThan(5);
      for (const secret of past) expect(holds(device, Buffer.from(secret, 'hex'))).toBe(false);
    }
  });

  it('one that never came does not open on the device that missed it, once that is back', async () => {
    await underTimer(a, b);
    await b.crash();
    const away = await stealFrom(b);
    const before = recorder.messages.size;
    await says(a, 'never seen');
    await world.until(() => recorder.messages.size > before, 'it left');
    await world.clock.pass(15 * dayMs);
    await world.service.letPassingGo();
    expect((await foundNow(b)).said).toContain('never seen');
    await b.start();
    const settlesBefore = b.disk.settles;
    const line = () => b.conversations[0]?.lastMessage?.body;
    await world.until(() => JSON.stringify(line()).includes('disappeared'), 'it is told');
    expect((await foundNow(b)).said).not.toContain('never seen');
    expect((await foundNow(b)).said).toContain('before');
    expect((await found(away)).said).toContain('never seen');
    expect(b.disk.settles).toBeGreaterThan(settlesBefore);
    // The conversation goes on in the same epoch.
    await says(a, 'after it');
    await b.shows(['before', 'after it']);
  });

  it('what the server refused, and was sealed anew, does not open either', async () => {
    await underTimer(a, b);
    // The server takes what it is sent, keeps it, and says that it was too early for it.
    const { toServer } = a;
    let held: Uint8Array | null = null;
    a.toServer = (frame) => {
      const { method, payload } = fromBinary(RequestSchema, frame);
      const isMessage = method === 'Append' && fromBinary(AppendRequestSchema, payload).passing;
      if (!isMessage || held !== null) return toServer(frame);
      held = frame;
      toServer(frame);
      return [];
    };
    await says(a, 'lost');
    await world.until(() => held !== null, 'it was sent');
    await a.crash();
    // A disk that was set back to before: what it says is sealed again, in the same epoch.
    a.disk.exec("UPDATE outbox SET state = 'waiting', epoch = NULL, body = NULL, live = NULL, kept = NULL");
    await a.start();
    await b.shows(['before', 'lost']);
    for (const device of [a, b]) await look(device);
    await world.clock.pass(8_000);
    expect(recorder.messages.size).toBeGreaterThan(3);
    for (const device of [a, b]) expect((await foundNow(device)).said).toEqual(['before']);
  });
});

describe('a Welcome', () => {
  /** Groups that anna begins with ben while he is away. */
  async function begin(count: number): Promise<void> {
    for (let group = 0; group < count; group++) {
      const name = `group ${group}`;
      const made = await a.api.createGroup({
        name,
        photo: new Uint8Array(0),
        description: '',
        sharesHistory: false,
        memberIds: [ben.accountId],
      });
      if (made.kind === 'problem') throw new Error(made.problem.kind);
      await world.until(
        () => a.conversations.some(({ title, state }) => title === name && state === 'ready'),
        `${name} is there`,
      );
    }
  }
  const joined = () =>
    b.conversations.filter(({ kind, state }) => kind === 'group' && state === 'ready').length;

  it('opens once, also for the KeyPackage of last resort, which another takes the place of', async () => {
    await a.find(ben);
    const before = keyPackagesOf(b);
    expect(before.filter((row) => row.last_resort === 1)).toHaveLength(1);
    b.goOffline();
    // Three for one each, and the last resort for two.
    await begin(5);
    const away = await stealFrom(b);
    b.goOnline();
    await world.until(() => joined() === 5, 'ben is in all of them');
    const isRenewed = () => {
      const left = keyPackagesOf(b);
      return (
        left.filter((row) => row.last_resort === 1).length === 1 &&
        before.every(({ ref }) => left.every((row) => row.ref !== ref))
      );
    };
    await world.until(isRenewed, 'there are others');
    expect((await found(away)).welcomes).toBe(5);
    for (const device of [a, b]) expect((await foundNow(device)).welcomes).toBe(0);
    await b.restart();
    await b.online();
    b.goOffline();
    await begin(0);
    b.goOnline();
    await createdGroup(world, [a, b], { name: 'another' });
    const isInIt = () => b.conversations.some(({ title, state }) => title === 'another' && state === 'ready');
    await world.until(isInIt, 'b is in the other group');
    expect((await foundNow(b)).welcomes).toBe(0);
  });

  it('for a KeyPackage that is no more here brings the device in all the same', async () => {
    await a.find(ben);
    b.disk.exec('DELETE FROM key_package');
    await begin(1);
    await world.until(() => joined() === 1, 'ben came in by himself');
    const id = a.conversations.find(({ title }) => title === 'group 0')!.conversationId;
    await a.api.sendText(id, 'hello');
    await b.shows(['hello'], b.conversations.find(({ kind }) => kind === 'group')!.conversationId);
  });
});

describe('what is being written for a conversation whose messages disappear', () => {
  it('is on no item of the account, which its keys open for as long as there is the account', async () => {
    const b2 = await online(ben);
    await underTimer(a, b, b2);
    const write = (text: string) => b.api.saveDraft(idOf(b), { text, replyTo: null });
    await a.api.setTimer(idOf(a), 0);
    await world.until(() => [b, b2].every((one) => one.conversations[0]?.timer.seconds === 0), 'it is off');
    await write('a draft that stays');
    await world.until(() => b2.conversations[0]?.draft === 'a draft that stays', 'it is on the other device');
    await a.api.setTimer(idOf(a), 5);
    await world.until(() => [b, b2].every((one) => one.conversations[0]?.timer.seconds === 5), 'it is on');
    await write('a secret draft');
    await world.clock.pass(10_000);
    expect(b.conversations[0]!.draft).toBe('a secret draft');
    await b2.api.muteConversation(idOf(b2), null);
    await world.clock.pass(10_000);
    expect(b.conversations[0]!.draft).toBe('a secret draft');
    expect(holds(b, 'a draft that stays')).toBe(false);
    await b.api.sendText(idOf(b), 'a secret draft');
    await write('');
    await a.shows(['before', 'a secret draft']);
    for (const device of [a, b, b2]) await look(device);
    await world.clock.pass(8_000);
    for (const device of [a, b, b2]) {
      const { said, drafts } = await foundNow(device);
      expect(said).toEqual(['before']);
      expect(drafts).toEqual(device === a ? [] : ['a draft that stays']);
      expect(holds(device, 'a secret draft')).toBe(false);
    }
  });

  it('is not told by the end of the message that it answers', async () => {
    await underTimer(a, b);
    await says(a, 'secret');
    await b.shows(['before', 'secret']);
    const { messageId } = (await b.messages()).at(-1)!;
    await b.api.saveDraft(idOf(b), { text: 'about the secret', replyTo: messageId });
    await look(b);
    await world.clock.pass(15_000);
    expect(await b.api.readDraft(idOf(b))).toEqual({ text: 'about the secret', replyTo: null });
    expect((await foundNow(b)).drafts).toEqual([]);
  });
});
