import type { ConversationId, TransactionId } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MessageView, NewMessage } from '../api.ts';
import { createdGroup, groupId, groupOf } from '../testing/groupWorld.ts';
import { type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let a: TestDevice;
let b: TestDevice;
let direct: ConversationId;
let group: ConversationId;

beforeEach(async () => {
  world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const ben = await world.addAccount('ben');
  a = await anna.addDevice();
  b = await ben.addDevice();
  await a.online();
  await b.online();
  direct = await a.meet(ben);
  group = await createdGroup(world, [a, b]);
});

const directOf = (device: TestDevice): ConversationId =>
  device.conversations.find(({ kind }) => kind === 'direct')!.conversationId;

async function send(message: NewMessage, to = direct): Promise<TransactionId> {
  const sent = await a.api.sendMessage(to, message);
  if (sent.kind === 'problem') throw new Error(sent.problem.kind);
  return sent.value;
}

const textsOf = (messages: readonly MessageView[]) =>
  messages.flatMap(({ body }) => (body.kind === 'text' ? [body] : []));

describe('forwarding messages', () => {
  it('says them again in other conversations, in their order, without mentions and quotes', async () => {
    const first = await send({ text: '@everyone hello', mentions: [{ start: 0, end: 9, account: null }] });
    const second = await send({ text: 'An answer', replyTo: first, silent: true });
    await b.shows(['@everyone hello', 'An answer'], directOf(b));
    expect(await a.api.forwardMessages(direct, [second, first, first], [group, group])).toEqual({
      kind: 'ok',
      value: null,
    });
    await b.shows(['@everyone hello', 'An answer'], groupId(b));
    for (const body of textsOf(await b.messages(groupId(b)))) {
      expect(body).toMatchObject({ forwarded: true, mentions: [], replyTo: null, silent: false });
    }
    expect(groupOf(b)?.unreadMentions).toBe(0);
    const ids = (await a.messages(group)).map(({ messageId }) => messageId);
    expect(ids).not.toContain(first);
  });

  it('says them once where the command is repeated with its id, also when the original is gone by then', async () => {
    const first = await send({ text: 'One' });
    const second = await send({ text: 'Two' });
    await b.shows(['One', 'Two'], directOf(b));
    const forwardId = '0f'.repeat(16) as TransactionId;
    const ok = { kind: 'ok', value: null };
    expect(await a.api.forwardMessages(direct, [first, second], [group, direct], forwardId)).toEqual(ok);
    await a.restart();
    await a.online();
    expect(await a.api.forwardMessages(direct, [first, second], [group, direct], forwardId)).toEqual(ok);
    await b.shows(['One', 'Two'], groupId(b));
    await b.shows(['One', 'Two', 'One', 'Two'], directOf(b));
    await a.api.deleteMessages(direct, [first, second], true);
    await b.shows(['One', 'Two'], directOf(b));
    expect(await a.api.forwardMessages(direct, [first, second], [group, direct], forwardId)).toEqual(ok);
    await world.clock.pass(2_000);
    expect(await b.texts(groupId(b))).toEqual(['One', 'Two']);
    // Another command with another id says them again.
    const again = await send({ text: 'Three' }, group);
    await a.api.forwardMessages(group, [again], [group]);
    await b.shows(['One', 'Two', 'Three', 'Three'], groupId(b));
  });

  it('says what an edited message says now, and nothing of one that was deleted', async () => {
    const id = await send({ text: 'Before' });
    await b.shows(['Before'], directOf(b));
    await a.api.editMessage(direct, id, 'After', []);
    await b.shows(['After'], directOf(b));
    await a.api.forwardMessages(direct, [id], [group]);
    await b.shows(['After'], groupId(b));
    expect((await b.messages(groupId(b))).at(-1)?.editedAtMs).toBeNull();
    await a.api.deleteMessages(direct, [id], true);
    await b.shows([], directOf(b));
    await a.shows([], direct);
    expect(await a.api.forwardMessages(direct, [id], [group])).toMatchObject({
      problem: { kind: 'unknownMessage' },
    });
  });

  it('forwards nothing at all where one target may not be written to, or a message is not here', async () => {
    const id = await send({ text: 'Secret' });
    await b.shows(['Secret'], directOf(b));
    const own = await send({ text: 'Rules' }, group);
    await b.shows(['Rules'], groupId(b));
    const unknown = '0'.repeat(32) as TransactionId;
    expect(await a.api.forwardMessages(direct, [id, unknown], [group])).toMatchObject({
      problem: { kind: 'unknownMessage' },
    });
    await a.api.setGroupRights(group, { send: 'admins' });
    await world.until(() => groupOf(b)?.may.send === false, 'only admins write');
    expect(await b.api.forwardMessages(groupId(b), [own], [directOf(b), groupId(b)])).toMatchObject({
      problem: { kind: 'notAllowed' },
    });
    expect(await b.api.sendMessage(groupId(b), { text: 'No' })).toMatchObject({
      problem: { kind: 'notAllowed' },
    });
    await b.api.forwardMessages(groupId(b), [own], [directOf(b)]);
    await a.shows(['Secret', 'Rules'], direct);
    expect(await a.texts(group)).toEqual(['Rules']);
  });
});
