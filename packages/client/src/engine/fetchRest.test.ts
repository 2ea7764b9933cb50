import { fromBinary } from '@bufbuild/protobuf';
import { type ConversationId, RequestSchema } from '@sotto/protocol';
import { expect, it } from 'vitest';
import type { HistoryView } from '../api.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

const count = 130;

/** Anna and Ben, of whom Ben has written `count` texts; both devices are gone then. */
async function past(): Promise<{ world: TestWorld; anna: TestAccount; id: ConversationId }> {
  const world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const ben = await world.addAccount('ben');
  const a = await anna.addDevice();
  const b = await ben.addDevice();
  await a.online();
  await b.online();
  await a.api.sendText(await a.meet(ben), 'the first of all');
  await b.shows(['the first of all']);
  const id = b.conversations[0]!.conversationId;
  for (let n = 1; n <= count; n++) await b.api.sendText(id, `text ${n}`);
  await world.until(() => a.conversations[0]!.unreadCount === count, 'all arrived');
  await a.api.markRead(a.conversations[0]!.conversationId, a.conversations[0]!.lastMessage!.order);
  await world.clock.pass(5000);
  await a.crash();
  await b.crash();
  return { world, anna, id };
}

function historyOf(device: TestDevice): { readonly view: HistoryView; readonly told: HistoryView[] } {
  const told: HistoryView[] = [];
  device.api.watch({ kind: 'history' }, (view) => told.push(view));
  return {
    told,
    get view() {
      return told.at(-1)!;
    },
  };
}

it('fetches everything that nobody has asked for, and says how far it is', async () => {
  const { world, anna } = await past();
  const late = await anna.addDevice();
  const history = historyOf(late);
  await world.until(() => history.view.state === 'complete' && history.view.messagesHere > 0, 'all is here');
  expect(history.view).toMatchObject({ messagesHere: count + 1, messagesInAll: count + 1 });
  expect(history.view.entriesHere).toBe(history.view.entriesInAll);
  expect(history.told.map(({ messagesHere }) => messagesHere)).toEqual(
    history.told.map(({ messagesHere }) => messagesHere).toSorted((x, y) => x - y),
  );
  late.goOffline();
  const { matches } = await late.api.searchMessages({ text: 'first of all', limit: 10 });
  expect(matches).toHaveLength(1);
});

it('pauses, also over a restart, and goes on where it was', async () => {
  const { world, anna, id } = await past();
  const late = await anna.addDevice();
  let history = historyOf(late);
  await late.api.pauseHistory();
  await world.until(() => history.view.messagesHere > 0, 'the list is there');
  await world.clock.pass(20_000);
  expect(history.view.state).toBe('paused');
  expect(history.view.messagesHere).toBeLessThan(count);
  expect(history.view.messagesInAll).toBeGreaterThan(history.view.messagesHere);

  await late.restart();
  history = historyOf(late);
  await late.online();
  await world.clock.pass(20_000);
  expect(history.view.state).toBe('paused');
  const before = history.view.messagesHere;
  expect(before).toBeLessThan(count);
  // What somebody looks at comes all the same.
  const page = await world.result(late.api.readMessages({ conversationId: id, limit: 60 }));
  expect('value' in page && page.value.messages.length).toBe(60);

  const asked: string[] = [];
  late.toServer = (frame) => {
    asked.push(fromBinary(RequestSchema, frame).method);
    return [frame];
  };
  await late.api.resumeHistory();
  await world.until(() => history.view.state === 'complete', 'all is here');
  expect(history.view.messagesHere).toBe(count + 1);
  expect(asked.filter((method) => method === 'ReadLog').length).toBeLessThan(5);
});

it('goes on after losing the connection, with each answer once or never', async () => {
  const { world, anna } = await past();
  const late = await anna.addDevice();
  const history = historyOf(late);
  let lost = 0;
  late.toServer = (frame) => {
    if (fromBinary(RequestSchema, frame).method !== 'ReadLog' || lost === 4) return [frame];
    lost += 1;
    world.clock.schedule(1, () => late.breakConnection());
    return lost % 2 === 0 ? [frame] : [];
  };
  await world.until(() => history.view.state === 'complete' && history.view.messagesHere > 0, 'all is here');
  expect(history.view.messagesHere).toBe(count + 1);
  expect(lost).toBe(4);
});

it('shows that it waits while there is no connection', async () => {
  const { world, anna } = await past();
  const late = await anna.addDevice();
  await late.api.pauseHistory();
  await late.online();
  await world.until(() => late.conversations[0]?.lastMessage?.body.kind === 'text', 'the list is there');
  late.goOffline();
  await late.api.resumeHistory();
  const history = historyOf(late);
  await world.clock.pass(5000);
  expect(history.view.state).toBe('waiting');
  late.goOnline();
  await world.until(() => history.view.state === 'complete', 'all is here');
});
