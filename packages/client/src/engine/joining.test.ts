import { fromBinary } from '@bufbuild/protobuf';
import {
  type AppendRequest,
  AppendRequestSchema,
  type ConversationId,
  GetGroupInfoRequestSchema,
  idFromBytes,
  RequestSchema,
} from '@sotto/protocol';
import { expect, it } from 'vitest';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

/** Conversations whose group info the device asked for, in that order, and how many joins were under way at most. */
function watchJoins(device: TestDevice): { order: ConversationId[]; atOnce: () => number } {
  const order: ConversationId[] = [];
  const underWay = new Set<ConversationId>();
  let most = 0;
  device.toServer = (frame) => {
    const { method, payload } = fromBinary(RequestSchema, frame);
    if (method === 'GetGroupInfo') {
      const id = idFromBytes<ConversationId>(fromBinary(GetGroupInfoRequestSchema, payload).conversationId)!;
      order.push(id);
      underWay.add(id);
      most = Math.max(most, underWay.size);
    }
    if (method === 'Append') {
      const request: AppendRequest = fromBinary(AppendRequestSchema, payload);
      if (request.kind.case === 'commit') underWay.delete(idFromBytes(request.conversationId)!);
    }
    return [frame];
  };
  return { order, atOnce: () => most };
}

/** Anna has talked with `count` others; gives the conversations by activity, the oldest first. */
async function acquainted(
  world: TestWorld,
  anna: TestAccount,
  count: number,
): Promise<{ first: TestDevice; others: TestDevice[]; ids: ConversationId[] }> {
  const first = await anna.addDevice();
  await first.online();
  const others: TestDevice[] = [];
  const ids: ConversationId[] = [];
  for (let n = 0; n < count; n++) {
    const account = await world.addAccount(`other${n}`);
    const other = await account.addDevice();
    await other.online();
    const id = await first.meet(account);
    await first.api.sendText(id, `hello ${n}`);
    await other.shows([`hello ${n}`]);
    await world.clock.pass(1000);
    others.push(other);
    ids.push(other.conversations[0]!.conversationId);
  }
  return { first, others, ids };
}

it('joins a few conversations at once: the open one, then the one to write in, then by activity', async () => {
  const world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const { others, ids } = await acquainted(world, anna, 9);
  const late = await anna.addDevice();
  const { order, atOnce } = watchJoins(late);
  await world.until(() => late.conversations.length === 9, 'the list is there');
  late.api.watch({ kind: 'messages', conversationId: ids[2]! }, () => undefined);
  await late.api.sendText(ids[4]!, 'written before the group was joined');
  await others[4]!.shows(['hello 4', 'written before the group was joined']);
  await world.until(() => order.length === 9, 'all were joined');
  expect(order.slice(0, 2)).toEqual([ids[2], ids[4]]);
  expect(new Set(order.slice(2, 4))).toEqual(new Set([ids[8], ids[7]]));
  expect(new Set(order)).toEqual(new Set(ids));
  expect(atOnce()).toBeLessThanOrEqual(4);
});

it('shows what is here after a moment, though the server does not answer', async () => {
  const world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const { first, others, ids } = await acquainted(world, anna, 1);
  for (let n = 0; n < 40; n++) await others[0]!.api.sendText(ids[0]!, `text ${n}`);
  await world.until(() => first.conversations[0]!.unreadCount === 40, 'all arrived');
  // What is unread would be fetched to be counted.
  await first.api.markRead(first.conversations[0]!.conversationId, Number.MAX_SAFE_INTEGER);
  const isPut = () => first.disk.rows('SELECT 1 FROM own_item WHERE due_at_ms IS NOT NULL').length === 0;
  await world.until(isPut, 'the account says so');
  const late = await anna.addDevice();
  await late.api.pauseHistory();
  await late.online();
  await world.until(() => late.conversations[0]?.lastMessage !== null, 'the newest page is here');
  const told: number[] = [];
  late.api.watch({ kind: 'messages', conversationId: ids[0]! }, ({ changed }) =>
    told.push(...changed.map(({ order }) => order)),
  );
  // Requests take a minute from now on.
  let held: Uint8Array[] = [];
  late.toServer = (frame) => {
    held.push(frame);
    return [];
  };
  const beforeMs = world.clock.now();
  const page = await world.result(late.api.readMessages({ conversationId: ids[0]!, limit: 60 }));
  expect(world.clock.now() - beforeMs).toBeLessThanOrEqual(300);
  if (!('value' in page)) throw page.error;
  expect(page.value.messages.length).toBeGreaterThan(0);
  expect(page.value.hasOlder).toBe(true);
  const late1 = page.value.messages[0]!.order;
  expect(told.every((order) => order >= late1)).toBe(true);
  const [read] = held;
  late.toServer = (frame) => [frame];
  held = [];
  expect(fromBinary(RequestSchema, read!).method).toBe('ReadLog');
  late.breakConnection();
  await late.shows(['hello 0', ...Array.from({ length: 40 }, (_, n) => `text ${n}`)]);
});
