import { fromBinary } from '@bufbuild/protobuf';
import { RequestSchema } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

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
});

/** Anna and Ben have written `count` texts in turn. */
async function converse(count: number): Promise<string[]> {
  const id = await a.meet(ben);
  const texts: string[] = [];
  for (let n = 1; n <= count; n++) {
    const text = `text ${n}`;
    texts.push(text);
    await (n % 2 === 1 ? a : b).api.sendText(n % 2 === 1 ? id : b.conversations[0]!.conversationId, text);
    await b.shows(texts);
    await a.shows(texts);
  }
  return texts;
}

/** Waits until the server has everything that was written on the device. */
async function arrived(device: TestDevice): Promise<void> {
  const isWaiting = () => device.conversations[0]!.lastMessage!.state === 'waiting';
  await world.until(() => !isWaiting(), 'sent');
}

describe('a device that comes later', () => {
  it('shows everything while no other device of its account is online', async () => {
    const texts = await converse(6);
    a.goOffline();
    b.goOffline();
    const late = await anna.addDevice();
    await late.shows(texts);
    const shown = await late.messages();
    expect(shown.map(({ order }) => order)).toEqual(
      shown.map(({ order }) => order).toSorted((x, y) => x - y),
    );
    expect(shown[0]!.body).toEqual({ kind: 'notice', notice: { kind: 'conversationStarted' } });
    expect(shown.flatMap(({ body, mine }) => (body.kind === 'text' ? [mine] : []))).toEqual(
      texts.map((_text, at) => at % 2 === 0),
    );
    expect(late.conversations[0]!.lastMessage!.body).toMatchObject({ kind: 'text', text: 'text 6' });
  });

  it('writes on, and is read by all', async () => {
    const texts = await converse(3);
    const late = await anna.addDevice();
    await late.shows(texts);
    await late.api.sendText(late.conversations[0]!.conversationId, 'from the new one');
    for (const device of [a, b, late]) await device.shows([...texts, 'from the new one']);
  });

  it('finds what was written while no device of the account was left', async () => {
    const texts = await converse(2);
    await a.crash();
    await b.api.sendText(b.conversations[0]!.conversationId, 'are you there?');
    await arrived(b);
    await b.crash();
    const late = await anna.addDevice();
    await late.shows([...texts, 'are you there?']);
  });

  it('asks for nothing where all of it is here', async () => {
    const texts = await converse(2);
    const late = await anna.addDevice();
    await late.shows(texts);
    await world.until(() => late.conversations[0]?.state === 'ready', 'joined');
    const asked: string[] = [];
    late.toServer = (frame) => {
      asked.push(fromBinary(RequestSchema, frame).method);
      return [frame];
    };
    const { conversationId } = late.conversations[0]!;
    const first = await late.api.readMessages({ conversationId, limit: 100 });
    expect(first).toMatchObject({ hasOlder: false, hasNewer: false });
    const before = await late.api.readMessages({ conversationId, beforeOrder: 1, limit: 100 });
    expect(before).toMatchObject({ messages: [], hasOlder: false });
    expect(asked).not.toContain('ReadLog');
  });
});
