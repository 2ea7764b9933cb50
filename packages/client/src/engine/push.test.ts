/** Which messages wake devices that are not connected (spec/push.md). */
import { expect, it } from 'vitest';
import { annaAndBen } from '../testing/annaAndBen.ts';
import { startCall } from '../testing/callHolder.ts';

const endpoint = 'https://push.example.org/ben';

it('wakes a device that is away for texts and calls, and for nothing else', async () => {
  const { world, ben, a, b } = await annaAndBen();
  await a.meet(ben);
  const { conversationId } = a.conversations[0]!;
  const first = await a.api.sendText(conversationId, 'first');
  await b.shows(['first']);
  const setTarget = (target: string | null) => world.result(b.api.setPushTarget(target));
  const key = await world.result(b.api.readPushKey());
  expect(key).toMatchObject({ value: { kind: 'ok', value: { length: 65 } } });
  expect(await setTarget(endpoint)).toEqual({ value: { kind: 'ok', value: null } });
  expect(await setTarget('http://push.example.org/ben')).toMatchObject({ value: { kind: 'problem' } });
  await a.api.sendText(conversationId, 'while here');
  await b.shows(['first', 'while here']);
  expect(world.pushes).toEqual([]);

  b.goOffline();
  await world.until(() => !a.conversations[0]!.online, 'the server knows that it is away');
  if (first.kind !== 'ok') throw new Error(first.problem.kind);
  await a.api.react(conversationId, first.value, '👍');
  await a.api.sendMessage(conversationId, { text: 'quietly', silent: true });
  await a.api.sendText(conversationId, 'aloud');
  await world.until(() => world.pushes.length > 0, 'it is woken');
  expect(world.pushes).toEqual([endpoint]);
  await startCall(world, a);
  await world.until(() => world.pushes.length > 1, 'it is woken by the call');
  expect(world.pushes).toEqual([endpoint, endpoint]);

  b.goOnline();
  await b.online();
  await b.shows(['first', 'while here', 'quietly', 'aloud']);
  expect(await setTarget(null)).toMatchObject({ value: { kind: 'ok' } });
  b.goOffline();
  await a.api.sendText(conversationId, 'unheard');
  await world.clock.pass(10_000);
  expect(world.pushes).toHaveLength(2);
});
