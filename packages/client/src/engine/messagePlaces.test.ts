import type { ConversationId, TransactionId } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MentionView, NewMessage } from '../api.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;
let here: ConversationId;

beforeEach(async () => {
  world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  ben = await world.addAccount('ben');
  a = await anna.addDevice();
  b = await ben.addDevice();
  await a.online();
  await b.online();
  here = await a.meet(ben);
});

const there = (): ConversationId => b.conversations[0]!.conversationId;

async function send(message: NewMessage): Promise<TransactionId> {
  const sent = await a.api.sendMessage(here, message);
  if (sent.kind === 'problem') throw new Error(sent.problem.kind);
  return sent.value;
}

describe('places in a thread', () => {
  it('shows the latest pin and how many there are', async () => {
    const first = await send({ text: 'One' });
    const second = await send({ text: 'Two' });
    await b.shows(['One', 'Two']);
    expect(b.conversations[0]).toMatchObject({ pinnedMessage: null, pinnedCount: 0 });
    await a.api.pinMessage(here, second, true);
    await world.until(() => b.conversations[0]?.pinnedCount === 1, 'a pin');
    await a.api.pinMessage(here, first, true);
    await world.until(() => b.conversations[0]?.pinnedCount === 2, 'two pins');
    expect(b.conversations[0]?.pinnedMessage).toMatchObject({ messageId: first, body: { text: 'One' } });
    await a.api.deleteMessages(here, [first], true);
    await world.until(() => b.conversations[0]?.pinnedCount === 1, 'the pin went with its message');
    await b.api.pinMessage(there(), second, false);
    await world.until(() => a.conversations[0]?.pinnedCount === 0, 'no pin');
    expect(a.conversations[0]?.pinnedMessage).toBeNull();
  });

  it('counts and finds unread messages that mention the account, or everyone', async () => {
    const benNamed: MentionView = {
      start: 0,
      end: 4,
      account: { accountId: ben.accountId, username: 'ben' },
    };
    await send({ text: '@ben one', mentions: [benNamed] });
    await send({ text: 'two' });
    const edited = await send({ text: '@everyone three', mentions: [{ start: 0, end: 9, account: null }] });
    await b.shows(['@ben one', 'two', '@everyone three']);
    expect(b.conversations[0]?.unreadMentions).toBe(2);
    expect(a.conversations[0]?.unreadMentions).toBe(0);
    const messages = await b.messages();
    const orders = ['@ben one', '@everyone three'].map(
      (text) => messages.find(({ body }) => body.kind === 'text' && body.text === text)!.order,
    );
    expect(await b.api.readMentions(there())).toEqual(orders);
    await b.api.markRead(there(), orders[0]!);
    await world.until(() => b.conversations[0]?.unreadMentions === 1, 'one is read');
    expect(await b.api.readMentions(there())).toEqual([orders[1]]);
    await a.api.editMessage(here, edited, 'nobody', []);
    await world.until(() => b.conversations[0]?.unreadMentions === 0, 'it mentions nobody any more');
    expect(await b.api.readMentions(there())).toEqual([]);
  });

  it('finds the first message of a day', async () => {
    const day = 86_400_000;
    const startMs = world.clock.now();
    await send({ text: 'Monday' });
    await a.shows(['Monday']);
    await world.clock.pass(2 * day);
    await send({ text: 'Wednesday' });
    await send({ text: 'Wednesday, later' });
    await b.shows(['Monday', 'Wednesday', 'Wednesday, later']);
    const orderOf = async (text: string) =>
      (await b.messages()).find(({ body }) => body.kind === 'text' && body.text === text)!.order;
    expect(await b.api.findByDate(there(), startMs - day)).toBe(await orderOf('Monday'));
    expect(await b.api.findByDate(there(), startMs + day)).toBe(await orderOf('Wednesday'));
    expect(await b.api.findByDate(there(), startMs + 3 * day)).toBeNull();
    const plan = b.disk.rows(
      `EXPLAIN QUERY PLAN SELECT ord FROM message WHERE conversation = 1 AND sent_at_ms >= 5
         AND body_kind IN ('text', 'deleted') AND ord < 9 ORDER BY sent_at_ms, ord LIMIT 1`,
    );
    expect(JSON.stringify(plan)).toMatch(/message_by_time/);
    expect(JSON.stringify(plan)).not.toMatch(/TEMP B-TREE/);
  });
});
