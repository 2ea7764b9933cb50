import type { ConversationId } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ReceiptChoiceView } from '../api.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let second: TestDevice;
let b: TestDevice;
let here: ConversationId;

beforeEach(async () => {
  world = await TestWorld.create();
  anna = await world.addAccount('anna');
  ben = await world.addAccount('ben');
  a = await anna.addDevice();
  b = await ben.addDevice();
  await a.online();
  await b.online();
  here = await a.meet(ben);
  await a.api.sendText(here, 'First');
  await b.shows(['First']);
  second = await anna.addDevice();
  await second.online();
  await second.shows(['First']);
});

const listed = (device: TestDevice) => device.conversations[0]!;
const there = (device: TestDevice): ConversationId => listed(device).conversationId;

describe('what is being written', () => {
  it('goes on on the account’s other devices, with what it answers; a long one stays where it is', async () => {
    const replyTo = (await a.messages()).find(({ body }) => body.kind === 'text')!.messageId;
    await a.api.saveDraft(here, { text: 'Half a sen', replyTo });
    await world.until(() => listed(second).draft === 'Half a sen', 'the draft');
    expect(await second.api.readDraft(there(second))).toEqual({ text: 'Half a sen', replyTo });

    const late = await anna.addDevice();
    await late.online();
    await world.until(() => late.conversations[0]?.draft === 'Half a sen', 'the draft on a new device');

    const long = 'x'.repeat(5_000);
    await second.api.saveDraft(there(second), { text: long, replyTo: null });
    await a.api.saveDraft(here, { text: 'Shorter', replyTo: null });
    await world.until(() => late.conversations[0]?.draft === 'Shorter', 'the shorter one');
    expect(await second.api.readDraft(there(second))).toEqual({ text: long, replyTo: null });
    await a.api.saveDraft(here, { text: '', replyTo: null });
    await world.until(() => late.conversations[0]?.draft === '', 'nothing any more');
  });
});

describe('a conversation that is to show as unread', () => {
  it('does so on all of the account’s devices until one of them opens it', async () => {
    await a.api.markUnread(here);
    expect(listed(a).markedUnread).toBe(true);
    await world.until(() => listed(second).markedUnread, 'it shows there');
    await second.api.markRead(there(second), listed(second).lastMessage!.order);
    expect(listed(second).markedUnread).toBe(false);
    await world.until(() => !listed(a).markedUnread, 'it was opened');
    expect(listed(b).markedUnread).toBe(false);
  });
});

describe('an account that does not tell what it reads', () => {
  it('is not told either, on any of its devices; what it read meanwhile stays untold', async () => {
    let choice: ReceiptChoiceView | null = null;
    second.api.watch({ kind: 'receiptChoice' }, (view) => {
      choice = view;
    });
    await a.api.setReadReceipts(false);
    await world.until(() => choice?.on === false, 'the choice');
    await b.api.sendText(there(b), 'Second');
    await second.shows(['First', 'Second']);
    await second.api.markRead(there(second), listed(second).lastMessage!.order);
    await b.api.markRead(there(b), listed(b).lastMessage!.order);
    await world.until(() => listed(b).deliveredOrder >= listed(b).lastMessage!.order, 'it arrived');
    await world.until(() => listed(a).unreadCount === 0, 'own devices know');
    await world.clock.pass(20_000);
    expect(listed(b).readOrder).toBeLessThan(listed(b).lastMessage!.order);
    expect(listed(a).readOrder).toBe(0);
    const own = (await a.messages()).find(({ mine }) => mine)!;
    expect(await a.api.readReceipts(here, own.messageId)).toMatchObject([{ isRead: false, readAtMs: null }]);

    await second.api.setReadReceipts(true);
    await world.until(() => listed(a).readOrder > 0, 'it shows again');
    await world.clock.pass(20_000);
    expect(listed(b).readOrder).toBeLessThan(listed(b).lastMessage!.order);
    await b.api.sendText(there(b), 'Third');
    await a.shows(['First', 'Second', 'Third']);
    await a.api.markRead(here, listed(a).lastMessage!.order);
    await world.until(() => listed(b).readOrder >= listed(b).lastMessage!.order, 'told again');
  });
});
