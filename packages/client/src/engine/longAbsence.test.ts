import { fromBinary } from '@bufbuild/protobuf';
import { LogKind, RequestSchema, ServerFrameSchema } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

/** More than the engine goes forward for a sender by itself. */
const many = 1100;

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;

beforeEach(async () => {
  world = await TestWorld.create();
  anna = await world.addAccount('anna');
  ben = await world.addAccount('ben');
  a = await anna.addDevice();
  b = await ben.addDevice();
  await a.online();
  await b.online();
  const id = await a.meet(ben);
  await a.api.sendText(id, 'before');
  await b.shows(['before']);
  await world.until(() => a.conversations[0]!.lastMessage!.state === 'sent', 'it was sent');
});

async function write(device: TestDevice, texts: readonly string[]): Promise<void> {
  for (const text of texts) await device.api.sendText(device.conversations[0]!.conversationId, text);
  await world.until(() => device.conversations[0]!.lastMessage!.state === 'sent', 'all were sent');
}
const texts = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `text ${from + n}`);

/** What the device asks for, and how many entries of conversations it is pushed. */
function observe(device: TestDevice): { readonly asked: string[]; pushed: number } {
  const seen = { asked: [] as string[], pushed: 0 };
  device.toServer = (frame) => {
    seen.asked.push(fromBinary(RequestSchema, frame).method);
    return [frame];
  };
  device.toDevice = (frame) => {
    const { kind } = fromBinary(ServerFrameSchema, frame);
    if (kind.case === 'push' && kind.value.kind.case === 'entries') {
      const { log, entries } = kind.value.kind.value;
      if (log?.kind === LogKind.CONVERSATION) seen.pushed += entries.length;
    }
    return [frame];
  };
  return seen;
}

/** Everything is there, in order, and both sides read what the other one writes. */
async function inStep(all: readonly string[]): Promise<void> {
  let shown: string[] = [];
  let view = { state: 'waiting' };
  const stop = a.api.watch({ kind: 'history' }, (value) => {
    view = value;
  });
  await world.until(() => view.state === 'complete', 'all was fetched');
  stop();
  for (let before: number | undefined; ; ) {
    const query = { conversationId: a.conversations[0]!.conversationId, limit: 500 };
    const page = await world.result(
      a.api.readMessages(before === undefined ? query : { ...query, beforeOrder: before }),
    );
    if (!('value' in page)) throw page.error;
    const { messages, hasOlder } = page.value;
    expect(messages.map(({ body }) => body.kind)).not.toContain('unreadable');
    shown = [...messages.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : [])), ...shown];
    before = messages[0]?.order;
    if (!hasOlder) break;
  }
  expect(shown).toEqual(all);
  await write(a, ['and back']);
  await world.until(() => textOf(b) === 'and back', 'b reads a');
  await write(b, ['again']);
  await world.until(() => textOf(a) === 'again', 'a reads b');
  expect(a.conversations[0]!.state).toBe('ready');
}
const textOf = (device: TestDevice): string | null => {
  const body = device.conversations[0]?.lastMessage?.body;
  return body?.kind === 'text' ? body.text : null;
};

describe('a device that was away for long', () => {
  it('takes the log over its commits, shows the newest at once, and reads on', async () => {
    a.goOffline();
    const first = texts(1, many / 2);
    await write(b, first);
    const later = await ben.addDevice();
    await later.online();
    await world.until(() => later.conversations[0]?.state === 'ready', 'another device joined');
    const second = texts(many / 2 + 1, many / 2);
    await write(later, second);

    const seen = observe(a);
    a.goOnline();
    await world.until(() => textOf(a) === second.at(-1), 'the newest is there');
    expect(seen.asked.filter((method) => method === 'ReadLog')).toHaveLength(1);
    await a.online();
    expect(seen.asked).toContain('ReadCommits');
    expect(seen.pushed).toBeLessThan(100);
    await inStep(['before', ...first, ...second]);
    const epochs = await Promise.all([a, b].map((device) => epochOf(device)));
    expect(new Set(epochs).size).toBe(1);
  });

  it('reads entry by entry where something is there to be seen once: that it was seen elsewhere is kept nowhere', async () => {
    b.disk.exec(
      `INSERT INTO attachment SELECT conversation, message_id, 0, 'photo', NULL, x'', 'closed' FROM message
       WHERE body_kind = 'text'`,
    );
    b.goOffline();
    const missed = texts(1, many);
    await write(a, missed);
    const seen = observe(b);
    b.goOnline();
    await b.online();
    await world.until(() => textOf(b) === missed.at(-1), 'the newest is there');
    expect(seen.pushed).toBeGreaterThanOrEqual(many);
  });

  it('reads on where a sender is further ahead in one epoch than it would follow', async () => {
    a.goOffline();
    const missed = texts(1, many);
    await write(b, missed);
    const seen = observe(a);
    a.goOnline();
    await a.online();
    expect(seen.pushed).toBeLessThan(100);
    await inStep(['before', ...missed]);
    expect((await allNotices(a)).filter((notice) => notice === 'healed')).toEqual([]);
  });

  it('ends in step whatever of it is lost, and after crashes', async () => {
    a.goOffline();
    const missed = texts(1, many);
    await write(b, missed);
    let number = 0;
    a.toServer = (frame) => {
      number += 1;
      if (number < 12 || number > 60 || number % 6 !== 0) return [frame];
      world.clock.schedule(1, () => a.breakConnection());
      return number % 12 === 0 ? [frame] : [];
    };
    a.goOnline();
    for (let crash = 0; crash < 3; crash++) {
      await world.clock.pass(40 + crash * 30);
      await a.restart();
    }
    await inStep(['before', ...missed]);
  });

  it('finds its own messages whose answers were lost among what it passes over', async () => {
    a.toDevice = () => [];
    await a.api.sendText(a.conversations[0]!.conversationId, 'sent into silence');
    await world.until(() => textOf(b) === 'sent into silence', 'b has it');
    a.goOffline();
    a.toDevice = (frame) => [frame];
    const missed = texts(1, many);
    await write(b, missed);
    a.goOnline();
    await a.online();
    await inStep(['before', 'sent into silence', ...missed]);
  });
});

async function epochOf(device: TestDevice): Promise<number> {
  const conversationId = device.conversations[0]!.conversationId;
  return new Promise((resolve) => {
    device.api.watch({ kind: 'conversation', conversationId }, (details) => resolve(details?.epoch ?? -1));
  });
}

async function allNotices(device: TestDevice): Promise<string[]> {
  const messages = await device.messages();
  return messages.flatMap(({ body }) => (body.kind === 'notice' ? [body.notice.kind] : []));
}
