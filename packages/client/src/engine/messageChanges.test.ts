import type { ConversationId, TransactionId } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MessageView } from '../api.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
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
});

/** Waits until the device's thread (its only one) is as `holds` says. */
async function sees(device: TestDevice, holds: (messages: MessageView[]) => boolean, what: string) {
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
  return shown;
}

const there = (device: TestDevice): ConversationId => device.conversations[0]!.conversationId;
const said = (messages: readonly MessageView[], text: string): MessageView | undefined =>
  messages.find(({ body }) => body.kind === 'text' && body.text === text);

async function send(device: TestDevice, text: string, replyTo?: TransactionId): Promise<TransactionId> {
  const sent = await device.api.sendMessage(device === a ? here : there(device), {
    text,
    ...(replyTo === undefined ? {} : { replyTo }),
  });
  if (sent.kind === 'problem') throw new Error(sent.problem.kind);
  return sent.value;
}

describe('what people do to messages', () => {
  it('shows replies, reactions, edits, pins and deletions on both sides', async () => {
    const question = await send(a, 'Lunch?');
    await b.shows(['Lunch?']);
    await send(b, 'Yes', question);
    await b.api.react(there(b), question, '👍');
    const seenByA = await sees(
      a,
      (all) => said(all, 'Yes') !== undefined && (said(all, 'Lunch?')?.reactions.length ?? 0) > 0,
      'the answer and the reaction',
    );
    expect(said(seenByA, 'Lunch?')?.reactions).toMatchObject([
      { emoji: '👍', accounts: [{ username: 'ben' }], mine: false },
    ]);
    const reply = said(seenByA, 'Yes')!.body;
    expect(reply).toMatchObject({ replyTo: { kind: 'message', messageId: question, text: 'Lunch?' } });

    expect(await a.api.editMessage(here, question, 'Lunch at one?', [])).toEqual({ kind: 'ok', value: null });
    const edited = await sees(b, (all) => said(all, 'Lunch at one?')?.editedAtMs != null, 'the edit');
    expect(said(edited, 'Yes')!.body).toMatchObject({ replyTo: { kind: 'message', text: 'Lunch at one?' } });
    expect((await b.api.readVersions(there(b), question)).map(({ text }) => text)).toEqual([
      'Lunch?',
      'Lunch at one?',
    ]);
    expect((await b.api.searchMessages({ text: 'one', limit: 5 })).matches).toHaveLength(1);

    await b.api.pinMessage(there(b), question, true);
    await sees(a, (all) => said(all, 'Lunch at one?')?.pinned === true, 'the pin');
    expect(await a.api.readPinned(here)).toMatchObject([{ messageId: question }]);

    expect(await b.api.editMessage(there(b), question, 'Mine', [])).toMatchObject({
      problem: { kind: 'notAllowed' },
    });
    expect(await b.api.deleteMessages(there(b), [question], true)).toMatchObject({
      problem: { kind: 'notAllowed' },
    });
    await a.api.deleteMessages(here, [question], true);
    const left = await sees(b, (all) => all.some(({ body }) => body.kind === 'deleted'), 'the deletion');
    expect(left.find(({ body }) => body.kind === 'deleted')).toMatchObject({
      messageId: question,
      body: { by: { username: 'anna' } },
      reactions: [],
      pinned: false,
      editedAtMs: null,
    });
    expect(said(left, 'Yes')!.body).toMatchObject({ replyTo: { kind: 'deleted' } });
    expect((await b.api.searchMessages({ text: 'lunch', limit: 5 })).matches).toEqual([]);
    expect(await b.api.readPinned(there(b))).toEqual([]);
    for (const table of ['message', 'message_change']) {
      expect(JSON.stringify(b.disk.rows(`SELECT * FROM ${table}`))).not.toContain('Lunch');
    }
  });

  it('shows what this device does at once, also offline', async () => {
    const id = await send(a, 'Hello');
    await b.shows(['Hello']);
    a.goOffline();
    await a.api.react(here, id, '❤️');
    await a.api.react(here, id, '🎉');
    await a.api.editMessage(here, id, 'Hello again', []);
    await a.api.pinMessage(here, id, true);
    expect(said(await a.messages(), 'Hello again')).toMatchObject({
      reactions: [{ emoji: '🎉', mine: true }],
      pinned: true,
    });
    await a.api.deleteMessages(here, [id], true);
    expect((await a.messages()).find(({ messageId }) => messageId === id)?.body.kind).toBe('deleted');
    await a.restart();
    a.goOnline();
    await sees(b, (all) => all.some(({ body }) => body.kind === 'deleted'), 'the deletion');
    await a.online();
    await sees(
      a,
      (all) => all.some(({ messageId, body }) => messageId === id && body.kind === 'deleted'),
      'it',
    );
  });

  it('sends a scheduled message at its time, from this device, while later ones go at once', async () => {
    await world.clock.pass(1_000);
    const sendAtMs = world.clock.now() + 60_000;
    const schedule = async (text: string, atMs: number) => {
      const sent = await a.api.sendMessage(here, { text, sendAtMs: atMs });
      if (sent.kind === 'problem') throw new Error(sent.problem.kind);
      return sent.value;
    };
    const later = await schedule('Later', sendAtMs);
    const never = await schedule('Never', sendAtMs);
    const sooner = await schedule('Sooner', sendAtMs + 3 * 24 * 3_600_000);
    // Nothing was said yet: neither the last message nor the place in the list tells of them.
    const listed = () => a.conversations.find(({ conversationId }) => conversationId === here)!;
    const before = listed();
    expect(before.lastMessage?.body.kind).not.toBe('text');
    expect(before.lastActivityMs).toBeLessThan(world.clock.now());
    await send(a, 'Now');
    await b.shows(['Now']);
    expect(listed().lastMessage).toMatchObject({ body: { text: 'Now' } });
    expect((await a.messages()).find(({ messageId }) => messageId === later)).toMatchObject({
      state: 'waiting',
      sendAtMs,
    });
    await a.api.discardMessage(here, never);
    await a.api.editMessage(here, later, 'Later, changed', []);
    await a.api.rescheduleMessage(here, sooner, null);
    expect(listed()).toMatchObject({
      lastMessage: { body: { text: 'Sooner' } },
      lastActivityMs: world.clock.now(),
    });
    await b.shows(['Now', 'Sooner']);
    expect(world.clock.now()).toBeLessThan(sendAtMs);
    await a.restart();
    await a.online();
    await b.shows(['Now', 'Sooner', 'Later, changed']);
    expect(world.clock.now()).toBeGreaterThanOrEqual(sendAtMs);
  });
});
