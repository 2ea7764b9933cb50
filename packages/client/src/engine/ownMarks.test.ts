import type { ConversationId, TransactionId } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MessageView } from '../api.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let a2: TestDevice;
let b: TestDevice;

beforeEach(async () => {
  world = await TestWorld.create();
  anna = await world.addAccount('anna');
  ben = await world.addAccount('ben');
  a = await anna.addDevice();
  a2 = await anna.addDevice();
  b = await ben.addDevice();
  for (const device of [a, a2, b]) await device.online();
  await b.meet(anna);
});

const idOn = (device: TestDevice): ConversationId => device.conversations[0]!.conversationId;

async function send(text: string): Promise<TransactionId> {
  const sent = await b.api.sendText(idOn(b), text);
  if (sent.kind === 'problem') throw new Error(sent.problem.kind);
  return sent.value;
}

async function sees(device: TestDevice, holds: (all: MessageView[]) => boolean, what: string) {
  let shown: MessageView[] = [];
  let isReading = false;
  await world.until(() => {
    if (!isReading) {
      isReading = true;
      void device.messages().then((now) => {
        shown = now;
        isReading = false;
      });
    }
    return holds(shown);
  }, what);
}

function put(device: TestDevice): Promise<void> {
  return world.until(
    () => device.disk.rows('SELECT 1 FROM own_item WHERE due_at_ms IS NOT NULL').length === 0,
    'nothing is due',
  );
}

describe('what an account does to messages for itself', () => {
  it('deletes them on all of its devices, and on those that come later', async () => {
    const first = await send('one');
    await send('two');
    await a.shows(['one', 'two']);
    await a2.shows(['one', 'two']);
    expect(await a.api.deleteMessages(idOn(a), [first], false)).toEqual({ kind: 'ok', value: null });
    await a.shows(['two']);
    await a2.shows(['two']);
    await put(a);
    const late = await anna.addDevice();
    await late.shows(['two']);
    for (const device of [a, a2, late]) {
      await world.until(() => device.conversations[0]?.unreadCount === 1, 'it is not unread');
      expect((await device.api.searchMessages({ text: 'one', limit: 5 })).matches).toEqual([]);
      expect(JSON.stringify(device.disk.rows('SELECT detail FROM message'))).not.toContain('one');
    }
    await b.shows(['one', 'two']);
    expect(await a.api.deleteMessages(idOn(a), [first], false)).toMatchObject({
      problem: { kind: 'unknownMessage' },
    });
  });

  it('stars them on all of its devices, the last change counting', async () => {
    const first = await send('one');
    const second = await send('two');
    await a.shows(['one', 'two']);
    await a2.shows(['one', 'two']);
    const isStarred = (id: TransactionId, starred: boolean) => (all: MessageView[]) =>
      all.find(({ messageId }) => messageId === id)?.starred === starred;
    await a.api.starMessage(idOn(a), first, true);
    await a.api.starMessage(idOn(a), second, true);
    await sees(a2, isStarred(second, true), 'both stars');
    await sees(a2, isStarred(first, true), 'both stars');
    expect((await a2.api.readStarred()).map(({ messageId }) => messageId)).toEqual([second, first]);
    await a2.api.starMessage(idOn(a2), first, false);
    await sees(a, isStarred(first, false), 'it is gone');
    await put(a2);
    const late = await anna.addDevice();
    await late.shows(['one', 'two']);
    await sees(late, isStarred(second, true), 'the star');
    expect((await late.api.readStarred(idOn(late))).map(({ messageId }) => messageId)).toEqual([second]);
    expect((await b.api.readStarred()).length).toBe(0);
  });
});
