/** Disappearing messages between devices and the real delivery service (spec/disappearing.md). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AppendRequestSchema, EntrySchema, LogKind, RequestSchema, ServerFrameSchema } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MessageBodyView } from '../api.ts';
import { annaAndBen } from '../testing/annaAndBen.ts';
import type { TestAccount, TestDevice, TestWorld } from '../testing/testWorld.ts';

const dayMs = 24 * 3_600_000;
let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;

beforeEach(async () => {
  ({ world, anna, ben, a, b } = await annaAndBen());
  await a.meet(ben);
  await say(a, 'before');
  await b.shows(['before']);
  await a.shows(['before']);
});

const only = (device: TestDevice) => device.conversations[0]!;
const idOf = (device: TestDevice) => only(device).conversationId;

async function say(device: TestDevice, text: string): Promise<void> {
  await device.api.sendText(idOf(device), text);
}

/** Lets time pass until the timer is in force on all of these. */
async function setTimer(by: TestDevice, seconds: number, ...devices: TestDevice[]): Promise<void> {
  expect(await by.api.setTimer(idOf(by), seconds)).toEqual({ kind: 'ok', value: null });
  await world.until(
    () => [by, ...devices].every((one) => only(one).timer.seconds === seconds),
    `the timer is ${seconds}`,
  );
}

async function thread(device: TestDevice): Promise<string[]> {
  const read = await world.result(device.messages());
  if (!('value' in read)) throw read.error;
  return read.value.map(({ body }) => sentence(body));
}

function sentence(body: MessageBodyView): string {
  switch (body.kind) {
    case 'text':
      return body.text;
    case 'notice':
      return body.notice.kind === 'timer'
        ? `timer ${body.notice.seconds} ${body.notice.account.username}`
        : body.notice.kind;
    default:
      return body.kind;
  }
}

/** Shows everything that is here. */
async function look(device: TestDevice): Promise<void> {
  const last = (await device.messages()).findLast(({ order }) => order < 2 ** 40);
  await device.api.markRead(idOf(device), last?.order ?? 0);
}

/** Whether any of a device's database still says this. */
function isOnDisk(device: TestDevice, text: string): boolean {
  return Buffer.from(device.disk.serialize()).includes(Buffer.from(text));
}

/** What devices send to append. */
function appends(device: TestDevice): { passing: boolean; kept: boolean }[] {
  const sent: { passing: boolean; kept: boolean }[] = [];
  device.toServer = (frame) => {
    const { method, payload } = fromBinary(RequestSchema, frame);
    if (method === 'Append') {
      const { passing, kind } = fromBinary(AppendRequestSchema, payload);
      if (kind.case === 'message') sent.push({ passing, kept: kind.value.kept !== undefined });
    }
    return [frame];
  };
  return sent;
}

describe('the timer of a conversation', () => {
  it('is set by either of two, and both see by whom and to what', async () => {
    await setTimer(a, 30, b);
    await setTimer(b, 3600, a);
    await setTimer(a, 0, b);
    const lines = ['conversationStarted', 'before', 'timer 30 anna', 'timer 3600 ben', 'timer 0 anna'];
    expect(await thread(a)).toEqual(lines);
    expect(await thread(b)).toEqual(lines);
  });

  it('is refused out of range, and for what is no conversation', async () => {
    for (const seconds of [-5, 1, 4, 5.5, 2_419_201, Number.NaN, 2 ** 40]) {
      expect(await a.api.setTimer(idOf(a), seconds)).toEqual({
        kind: 'problem',
        problem: { kind: 'outOfRange' },
      });
    }
    const none = '77'.repeat(16) as never;
    expect(await a.api.setTimer(none, 30)).toMatchObject({ problem: { kind: 'unknownConversation' } });
  });

  it('that both set at once comes to the same on both', async () => {
    await a.api.setTimer(idOf(a), 30);
    await b.api.setTimer(idOf(b), 60);
    await world.until(
      () => [a, b].every((one) => only(one).timer.wanted === null && only(one).timer.seconds > 0),
      'both are done',
    );
    expect(only(a).timer).toEqual(only(b).timer);
  });

  it('is set while offline, survives a restart, and holds for what is written after it', async () => {
    a.goOffline();
    await a.api.setTimer(idOf(a), 30);
    await say(a, 'secret');
    expect(only(a).timer).toEqual({ seconds: 0, wanted: 30, problem: null });
    await a.restart();
    a.goOnline();
    await b.shows(['before', 'secret']);
    expect((await b.messages()).at(-1)?.timer).toEqual({ seconds: 30, expiresAtMs: null });
  });

  it('begins with the account’s default in new conversations, on all of its devices', async () => {
    await a.api.setDefaultTimer(60);
    const second = await anna.addDevice();
    await second.online();
    let seconds = 0;
    await world.until(() => {
      void second.api.readDefaultTimer().then((now) => {
        seconds = now;
      });
      return seconds === 60;
    }, 'the default is known');
    const cleo = await world.addAccount('cleo');
    const c = await cleo.addDevice();
    await c.online();
    await second.meet(cleo);
    await world.until(() => second.conversations.some(({ timer }) => timer.seconds === 60), 'it is begun');
    const id = second.conversations.find(({ peer }) => peer?.username === 'cleo')!.conversationId;
    await second.api.sendText(id, 'hello');
    await c.shows(['hello']);
    expect(only(c).timer.seconds).toBe(60);
  });
});

describe('a message under a timer', () => {
  beforeEach(() => setTimer(a, 30, b));

  it('runs down from sending for its sender, and from being shown for others', async () => {
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await world.clock.pass(29_000);
    expect(await a.texts()).toEqual(['before', 'secret']);
    await world.clock.pass(1_500);
    expect(await a.texts()).toEqual(['before']);
    expect(isOnDisk(a, 'secret')).toBe(false);

    await world.clock.pass(3 * dayMs);
    expect(await b.texts()).toEqual(['before', 'secret']);
    await look(b);
    await world.clock.pass(29_000);
    expect(await b.texts()).toEqual(['before', 'secret']);
    await world.clock.pass(1_500);
    expect(await b.texts()).toEqual(['before']);
    expect(isOnDisk(b, 'secret')).toBe(false);
  });

  it('is never kept for history, and the server lets go of it once all devices have it', async () => {
    const sent = appends(a);
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    expect(sent.filter(({ passing }) => passing)).toEqual([{ passing: true, kept: false }]);
    await world.clock.pass(10_000);
    await world.service.letPassingGo();
    const second = await ben.addDevice();
    await second.online();
    await world.until(() => second.conversations.length === 1, 'the second device has the conversation');
    await second.shows(['before']);
    expect(await thread(second)).toContain('disappeared');
  });

  it('begins to run by the first device that shows it, on all of the account’s', async () => {
    const second = await ben.addDevice();
    await second.online();
    await world.until(() => second.conversations[0]?.timer.seconds === 30, 'it is in the group');
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await world.until(() => second.conversations[0]?.lastMessage?.body.kind === 'text', 'it came');
    await look(b);
    await world.until(
      () => second.conversations[0]?.unreadCount === 0,
      'the second device knows that it was read',
    );
    await world.clock.pass(31_000);
    expect(await b.texts()).toEqual(['before']);
    expect(await second.texts()).not.toContain('secret');
    expect(isOnDisk(second, 'secret')).toBe(false);
  });

  it('is gone also on a device that was off while its time ran out, before anything is shown', async () => {
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await look(b);
    await b.crash();
    await world.clock.pass(dayMs);
    b.disk.repair();
    await b.start();
    expect(only(b).lastMessage?.body).not.toMatchObject({ text: 'secret' });
    expect(await b.texts()).toEqual(['before']);
    await world.clock.pass(2_000);
    expect(isOnDisk(b, 'secret')).toBe(false);
  });

  it('is gone also on a device that starts without a connection after its time ran out', async () => {
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await look(b);
    b.goOffline();
    await b.crash();
    await world.clock.pass(dayMs);
    b.disk.repair();
    await b.start();
    await world.clock.pass(2_000);
    expect(isOnDisk(b, 'secret')).toBe(false);
  });

  it('takes with it what was done to it: edits, reactions, pins and the quote of it', async () => {
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await look(b);
    const secret = (await a.messages()).at(-1)!;
    await a.api.editMessage(idOf(a), secret.messageId, 'secret, edited', []);
    await b.shows(['before', 'secret, edited']);
    const atB = (await b.messages()).at(-1)!;
    await b.api.react(idOf(b), atB.messageId, '🦊');
    await b.api.pinMessage(idOf(b), atB.messageId, true);
    await setTimer(b, 0, a);
    await b.api.sendMessage(idOf(b), { text: 'an answer', replyTo: atB.messageId });
    await a.shows(['before', 'secret, edited', 'an answer']);
    await world.clock.pass(31_000);
    for (const device of [a, b]) {
      expect(await device.texts()).toEqual(['before', 'an answer']);
      expect((await device.messages()).at(-1)?.body).toMatchObject({ replyTo: { kind: 'missing' } });
      for (const word of ['secret', '🦊']) expect(isOnDisk(device, word)).toBe(false);
      expect(only(device).pinnedCount).toBe(0);
    }
    // Neither an edit nor an answer made it stay longer, and what came after the timer stays.
    const second = await ben.addDevice();
    await second.online();
    await world.until(() => second.conversations.length === 1, 'it has the conversation');
    await second.shows(['before', 'an answer']);
  });

  it('is not found, starred, forwarded or exported', async () => {
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    const { messageId } = (await b.messages()).at(-1)!;
    const found = await b.api.searchMessages({ text: 'secret', limit: 10 });
    expect(found.matches).toEqual([]);
    await b.api.starMessage(idOf(b), messageId, true);
    expect(await b.api.readStarred()).toEqual([]);
    expect(
      await b.api.forwardMessages(idOf(b), [messageId], [idOf(b)], 'f0'.repeat(16) as never),
    ).toMatchObject({
      kind: 'problem',
    });
  });

  it('does not stay for a device that says another timer than its conversation’s', async () => {
    // A changed client that seals as if there were none; the members' clients know better.
    await a.disk.open().transaction((sql) => sql.run('UPDATE conversation SET timer_seconds = 0'));
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await look(b);
    await world.clock.pass(31_000);
    expect(await b.texts()).toEqual(['before']);
  });

  it('does not come back with the device’s clock', async () => {
    await say(a, 'secret');
    await b.shows(['before', 'secret']);
    await look(b);
    await world.clock.pass(40_000);
    await b.crash();
    b.clockErrorMs = -10 * dayMs;
    b.disk.repair();
    await b.start();
    expect(await b.texts()).toEqual(['before']);
    expect(isOnDisk(b, 'secret')).toBe(false);
  });

  it('that the server let go of before a device had it is told, once for all that follow one another', async () => {
    await b.crash();
    for (const text of ['one', 'two', 'three']) await say(a, text);
    await world.clock.pass(15 * dayMs);
    await world.service.letPassingGo();
    b.disk.repair();
    await b.start();
    await b.online();
    await say(a, 'four');
    await b.shows(['before', 'four']);
    expect(await thread(b)).toEqual([
      'conversationStarted',
      'before',
      'timer 30 anna',
      'disappeared',
      'four',
    ]);
    expect(b.conversations[0]?.logForked).toBe(false);
  });
});

describe('a server that lies about passing entries', () => {
  beforeEach(() => setTimer(a, 30, b));

  it('cannot put another message in the place of one', async () => {
    let isSwapped = false;
    b.toDevice = (frame) => {
      const decoded = fromBinary(ServerFrameSchema, frame);
      const push = decoded.kind.case === 'push' ? decoded.kind.value : null;
      if (push?.kind.case !== 'entries' || push.kind.value.log?.kind !== LogKind.CONVERSATION) return [frame];
      const { value } = push.kind;
      value.entries = value.entries.map((bytes) => {
        const entry = fromBinary(EntrySchema, bytes);
        if (entry.passingMessage.length === 0) return bytes;
        isSwapped = true;
        entry.passingMessage = entry.passingMessage.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
        return toBinary(EntrySchema, create(EntrySchema, entry));
      });
      return [toBinary(ServerFrameSchema, decoded)];
    };
    await say(a, 'secret');
    await world.until(() => isSwapped, 'it was swapped');
    await world.clock.pass(60_000);
    expect(await b.texts()).toEqual(['before']);
    b.toDevice = (frame) => [frame];
    await say(a, 'again');
    await world.until(() => only(b).lastActivityMs > 0, 'it goes on');
  });
});
