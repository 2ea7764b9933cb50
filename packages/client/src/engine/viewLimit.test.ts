/** Files that can be looked at so many times, between devices and the real delivery service (spec/attachments.md, "Views"). */
import { fromBinary } from '@bufbuild/protobuf';
import { AttachmentSchema, type ConversationId } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AttachmentView, MessageView, NewAttachment, ViewsView } from '../api.ts';
import { groupId, groupOf, newGroup } from '../testing/groupWorld.ts';
import { TestFiles } from '../testing/testMedia.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

const picture = Uint8Array.from({ length: 70_000 }, (_, at) => (at * 7) & 0xff);
const none = new Uint8Array(0);
const opened = { kind: 'problem', problem: { kind: 'opened' } };
const unknown = { kind: 'problem', problem: { kind: 'unknownMessage' } };
const ok = { kind: 'ok', value: null };
let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
/** Anna's device, and Ben's two. */
let a: TestDevice;
let b: TestDevice;
let b2: TestDevice;

const withFiles = (account: TestAccount): Promise<TestDevice> =>
  account.addDevice((device) => {
    device.files = new TestFiles();
  });

beforeEach(async () => {
  world = await TestWorld.create();
  anna = await world.addAccount('anna');
  ben = await world.addAccount('ben');
  a = await withFiles(anna);
  b = await withFiles(ben);
  await Promise.all([a.online(), b.online()]);
  await a.meet(ben);
  await a.api.sendText(idOf(a), 'before');
  await b.shows(['before']);
  b2 = await withFiles(ben);
  await b2.online();
  await b2.shows(['before']);
});

const idOf = (device: TestDevice): ConversationId => device.conversations[0]!.conversationId;

/** Files are read and written between the events of the test's clock; `holds` itself may need time to pass. */
async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  let isAsking = false;
  let isSo = false;
  for (let round = 0; round < 4_000 && !isSo; round++) {
    if (!isAsking) {
      isAsking = true;
      void Promise.resolve(holds()).then((answer) => {
        isSo = answer;
        isAsking = false;
      });
    }
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (round % 2 === 1) await world.clock.pass(10);
  }
  if (!isSo) throw new Error(`It never came to be: ${what}`);
}

async function done<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const settled = work.finally(() => {
    isDone = true;
  });
  settled.catch(() => undefined);
  await until(() => isDone, 'the command is answered');
  return settled;
}

function photo(change: Partial<NewAttachment> = {}): NewAttachment {
  const small = { thumbnail: none, placeholder: none, waveform: none, durationMs: 0 };
  const size = { width: 40, height: 30 };
  const named = { kind: 'photo', name: 'quay.jpg', mediaType: 'image/jpeg' } as const;
  return { source: new Blob([picture]), ...named, ...size, ...small, views: 0, ...change };
}

async function newest(device: TestDevice, conversationId = idOf(device)): Promise<MessageView | undefined> {
  return (await device.messages(conversationId)).findLast(
    ({ body }) => body.kind === 'text' && body.attachments.length > 0,
  );
}

const fileOf = (message: MessageView | undefined): AttachmentView | undefined =>
  message?.body.kind === 'text' ? message.body.attachments[0] : undefined;

async function views(device: TestDevice, conversationId = idOf(device)): Promise<ViewsView | null> {
  return fileOf(await newest(device, conversationId))?.views ?? null;
}

const shows = (device: TestDevice, wanted: Partial<ViewsView>, conversationId = idOf(device)) =>
  until(
    async () => {
      const present = await views(device, conversationId);
      return Object.entries(wanted).every(([name, value]) => present?.[name as keyof ViewsView] === value);
    },
    `it shows ${JSON.stringify(wanted)}`,
  );

/** Anna sends a photo, and these have it. */
async function send(limit: number, ...to: TestDevice[]): Promise<void> {
  expect(
    await done(a.api.sendMessage(idOf(a), { text: '', attachments: [photo({ views: limit })] })),
  ).toMatchObject({
    kind: 'ok',
  });
  for (const device of [a, ...to]) {
    await until(async () => {
      const message = await newest(device);
      return message?.state === (device === a ? 'sent' : 'received');
    }, 'the photo is there');
  }
}

async function begin(device: TestDevice, conversationId = idOf(device)) {
  const message = await newest(device, conversationId);
  return done(device.api.beginView(conversationId, message!.messageId));
}
async function end(device: TestDevice, conversationId = idOf(device)): Promise<void> {
  const message = await newest(device, conversationId);
  await done(device.api.endView(conversationId, message!.messageId));
}
async function read(device: TestDevice, conversationId = idOf(device)) {
  const message = await newest(device, conversationId);
  return done(
    device.api.readAttachment({ conversationId, messageId: message!.messageId, index: 0 }, 0, 70_000),
  );
}
async function look(device: TestDevice, conversationId = idOf(device)): Promise<void> {
  expect(await begin(device, conversationId)).toEqual(ok);
  expect(await read(device, conversationId)).toEqual({ kind: 'ok', value: picture });
  await end(device, conversationId);
}

/** Of the newest file on the device; null: it has none any more. */
function keyOn(device: TestDevice): Uint8Array | null {
  const rows = device.disk.rows('SELECT content FROM attachment ORDER BY conversation DESC LIMIT 1');
  const content = rows[0]?.content as Uint8Array | undefined;
  const key = content === undefined ? none : fromBinary(AttachmentSchema, content).key;
  return key.every((byte) => byte === 0) ? null : key;
}

const isOnDisk = (device: TestDevice, bytes: Uint8Array): boolean =>
  Buffer.from(device.disk.serialize()).includes(Buffer.from(bytes));

/** Neither key nor ciphertext is left on any of these. */
async function expectGone(key: Uint8Array, ...devices: TestDevice[]): Promise<void> {
  for (const device of devices) {
    await until(async () => (await device.files?.list())?.length === 0, 'the ciphertext is gone');
    await until(() => !isOnDisk(device, key), 'the key is gone');
    expect(fileOf(await newest(device))).toMatchObject({ views: { state: 'over' }, thumbnail: none });
  }
}

describe('a file that can be looked at so many times', () => {
  it('is counted on all devices of the account, and gone from all after the last time', async () => {
    await send(3, b, b2);
    const key = keyOn(b)!;
    expect(key).toEqual(keyOn(a));
    expect(await views(a)).toEqual({ limit: 3, state: 'closed', seen: 0, viewers: 0, recipients: 1 });
    expect(await read(b)).toEqual(opened);
    await look(b);
    expect(await views(b)).toMatchObject({ seen: 1, state: 'closed' });
    expect(await read(b)).toEqual(opened);
    await shows(b2, { seen: 1, state: 'closed' });
    await look(b2);
    await shows(b, { seen: 2, state: 'closed' });
    await shows(a, { seen: 2, state: 'closed', viewers: 1, recipients: 1 });
    await look(b);
    await shows(b2, { seen: 3, state: 'over' });
    await shows(a, { seen: 3, state: 'over' });
    for (const device of [b, b2]) expect(await begin(device)).toEqual(opened);
    await expectGone(key, a, b, b2);
    const { transfers } = world.service;
    await until(async () => {
      await transfers.collect();
      return (await transfers.totals()).blobs === 0;
    }, 'the server let go of it');
  });

  it('is let go of by the server after the last time, though its sender does not come back', async () => {
    await send(2, b, b2);
    await world.clock.pass(1_000);
    await a.crash();
    await look(b);
    const { transfers } = world.service;
    const blobs = async (): Promise<number> => {
      await transfers.collect();
      return (await transfers.totals()).blobs;
    };
    expect(await blobs()).toBe(1);
    await shows(b2, { seen: 1 });
    await look(b2);
    await until(async () => (await blobs()) === 0, 'the server let go of it');
  });

  it('is kept for nobody later: it passes, and a device that comes later has none of it', async () => {
    await send(2, b, b2);
    const late = await withFiles(ben);
    await late.online();
    await until(async () => (await late.texts()).includes('before'), 'it shows what was said');
    expect(await newest(late)).toBeUndefined();
    expect(keyOn(late)).toBeNull();
  });

  it('is not forwarded, found or listed with the others', async () => {
    await send(5, b);
    const message = (await newest(b))!;
    await look(b);
    expect(await done(b.api.forwardMessages(idOf(b), [message.messageId], [idOf(b)]))).toMatchObject({
      kind: 'problem',
    });
    const gallery = await b.api.readGallery({ conversationId: idOf(b), kind: 'media', limit: 5 });
    expect(gallery.messages).toEqual([]);
    expect(await done(b.api.fetchAttachment({ ...refOf(message), index: 0 }))).toEqual(opened);
  });

  it('is never open twice on a device, and the sender cannot open it', async () => {
    await send(3, b);
    expect(await begin(b)).toEqual(ok);
    expect(await begin(b)).toEqual(opened);
    expect(await begin(a)).toEqual(opened);
    await end(b);
    await end(b);
    expect(await views(b)).toMatchObject({ seen: 1, state: 'closed' });
  });

  it('comes to the same where two devices look at once: none can look again', async () => {
    await send(1, b, b2);
    const both = await Promise.all([newest(b), newest(b2)]);
    const began = await done(
      Promise.all([
        b.api.beginView(idOf(b), both[0]!.messageId),
        b2.api.beginView(idOf(b2), both[1]!.messageId),
      ]),
    );
    expect(began.filter(({ kind }) => kind === 'ok').length).toBeGreaterThan(0);
    for (const device of [b, b2]) await end(device);
    for (const device of [a, b, b2]) await shows(device, { seen: 1, state: 'over' });
    for (const device of [b, b2]) expect(await begin(device)).toEqual(opened);
  });

  it('is not looked at without a connection, where others may have looked meanwhile', async () => {
    await send(2, b, b2);
    await look(b2);
    await shows(b, { seen: 1 });
    b2.goOffline();
    await until(() => b2.connection.kind !== 'online', 'it knows that it is offline');
    // All of it is here.
    expect(fileOf(await newest(b2))?.transfer).toEqual({ kind: 'here' });
    expect(await begin(b2)).toEqual({ kind: 'problem', problem: { kind: 'offline' } });
    await look(b);
    b2.goOnline();
    await shows(b2, { seen: 2, state: 'over' });
  });

  it('waits for a device that is about to be connected', async () => {
    await send(2, b);
    await b.restart();
    expect(b.connection.kind).not.toBe('online');
    await look(b);
    await shows(a, { seen: 1 });
  });

  it('counts a look that a crash ended, and lets go of the last one at the next start', async () => {
    await send(2, b, b2);
    const key = keyOn(b)!;
    expect(await begin(b)).toEqual(ok);
    await b.restart();
    await b.online();
    await shows(b, { seen: 1, state: 'closed' });
    expect(await read(b)).toEqual(opened);
    await shows(b2, { seen: 1, state: 'closed' });
    expect(await begin(b)).toEqual(ok);
    await b.restart();
    await shows(b, { seen: 2, state: 'over' });
    await b.online();
    await shows(b2, { state: 'over' });
    await expectGone(key, b, b2);
  });

  it('is open on one device until it is closed there, though another one had the last look', async () => {
    await send(2, b, b2);
    expect(await begin(b)).toEqual(ok);
    await shows(b2, { seen: 1 });
    await look(b2);
    await shows(b, { seen: 2, state: 'open' });
    expect(await read(b)).toEqual({ kind: 'ok', value: picture });
    await end(b);
    expect(await views(b)).toMatchObject({ state: 'over' });
    expect(await read(b)).toEqual(opened);
  });

  it('goes with its message where that disappears first, with what was counted', async () => {
    await a.api.setTimer(idOf(a), 30);
    await until(() => [a, b].every((one) => one.conversations[0]?.timer.seconds === 30), 'the timer is on');
    await send(5, b);
    const key = keyOn(b)!;
    await look(b);
    await b.api.markRead(idOf(b), (await newest(b))!.order);
    await world.clock.pass(40_000);
    for (const device of [a, b]) {
      await until(async () => (await newest(device)) === undefined, 'it is gone');
      await until(() => !isOnDisk(device, key), 'the key is gone');
      for (const table of ['attachment', 'attachment_view', 'view_recipient']) {
        expect(device.disk.rows(`SELECT * FROM ${table}`)).toEqual([]);
      }
    }
  });
});

describe('in a group', () => {
  it('counts for each account, of those who were there', async () => {
    const cleo = await world.addAccount('cleo');
    const dora = await world.addAccount('dora');
    const c = await withFiles(cleo);
    const d = await withFiles(dora);
    await Promise.all([c.online(), d.online()]);
    for (const one of [cleo, dora]) await a.find(one);
    expect(await done(a.api.createGroup(newGroup([ben, cleo])))).toMatchObject({ kind: 'ok' });
    await until(() => [a, b, c].every((one) => groupOf(one) !== undefined), 'all have the group');
    const attachments = [photo({ views: 2 })];
    await done(a.api.sendMessage(groupId(a), { text: '', attachments }));
    for (const device of [b, c]) {
      await until(async () => (await newest(device, groupId(device))) !== undefined, 'the photo is there');
    }
    const inGroup = { limit: 2, recipients: 2 };
    await shows(a, { ...inGroup, viewers: 0 }, groupId(a));
    await done(a.api.addMembers(groupId(a), [dora.accountId]));
    await until(() => groupOf(d) !== undefined, 'Dora has it');
    await look(b, groupId(b));
    await look(b, groupId(b));
    await shows(a, { ...inGroup, seen: 2, viewers: 1, state: 'closed' }, groupId(a));
    // What others have looked at is theirs.
    expect(await views(c, groupId(c))).toMatchObject({ seen: 0, state: 'closed' });
    await look(c, groupId(c));
    await shows(a, { ...inGroup, seen: 3, viewers: 2, state: 'closed' }, groupId(a));
    await look(c, groupId(c));
    await shows(a, { ...inGroup, seen: 4, viewers: 2, state: 'over' }, groupId(a));
  });
});

describe('what has disappeared', () => {
  const refIn = async (device: TestDevice) => ({ ...refOf((await newest(device))!), index: 0 });

  it.each([0, 3])('is not read any more, be it deleted yet or not (%i views)', async (limit) => {
    await a.api.setTimer(idOf(a), 30);
    await until(() => [a, b].every((one) => one.conversations[0]?.timer.seconds === 30), 'the timer is on');
    await send(limit, b);
    await b.api.markRead(idOf(b), (await newest(b))!.order);
    const ref = await refIn(b);
    if (limit > 0) expect(await begin(b)).toEqual(ok);
    expect(await done(b.api.readAttachment(ref, 0, 10))).toMatchObject({ kind: 'ok' });
    // Its time is over, and the timer that deletes it did not run yet.
    b.clockErrorMs = 60_000;
    expect(b.disk.rows('SELECT 1 FROM attachment')).toHaveLength(1);
    expect(await b.api.readAttachment(ref, 0, 10)).toEqual(unknown);
    expect(await b.api.fetchAttachment(ref)).toEqual(unknown);
    expect(await b.api.beginView(ref.conversationId, ref.messageId)).toEqual(unknown);
    expect(b.disk.rows('SELECT 1 FROM attachment')).toHaveLength(1);
  });
});

const refOf = ({ conversationId, messageId }: MessageView) => ({ conversationId, messageId });
