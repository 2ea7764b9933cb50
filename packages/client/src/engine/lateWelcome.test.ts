import { fromBinary } from '@bufbuild/protobuf';
import { LogKind, ServerFrameSchema } from '@sotto/protocol';
import { expect, it } from 'vitest';
import { TestWorld } from '../testing/testWorld.ts';

/** Holds back what an inbox pushes until it is let go. */
function isInboxPush(frame: Uint8Array): boolean {
  const { kind } = fromBinary(ServerFrameSchema, frame);
  return (
    kind.case === 'push' &&
    kind.value.kind.case === 'entries' &&
    kind.value.kind.value.log?.kind === LogKind.INBOX
  );
}

it('shows each message once where the Welcome comes late that leads to them', async () => {
  const world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const ben = await world.addAccount('ben');
  const a = await anna.addDevice();
  const b = await ben.addDevice();
  const late = await anna.addDevice();
  for (const device of [a, b, late]) await device.online();
  await late.crash();
  const id = await a.meet(ben);
  await a.api.sendText(id, 'first');
  await b.shows(['first']);
  await b.api.sendText(b.conversations[0]!.conversationId, 'second');
  await a.shows(['first', 'second']);

  let isHolding = true;
  let held = 0;
  late.toDevice = (frame) => {
    if (!isHolding || !isInboxPush(frame)) return [frame];
    held += 1;
    return [];
  };
  await late.start();
  await world.clock.pass(2_000);
  expect(held).toBeGreaterThan(0);
  isHolding = false;
  await world.until(() => late.conversations[0]?.state === 'ready', 'joined');
  await late.shows(['first', 'second']);
  await b.api.sendText(b.conversations[0]!.conversationId, 'third');
  for (const device of [a, b, late]) await device.shows(['first', 'second', 'third']);
  expect(late.session.kind).toBe('signedIn');
  expect((await late.messages()).map(({ body }) => body.kind)).not.toContain('unreadable');
  expect(late.conversations[0]!.unreadCount).toBe(2);
});
