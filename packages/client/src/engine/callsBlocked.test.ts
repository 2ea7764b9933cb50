/** Calls that an account does not want (spec/calls.md, "Calls that are not wanted"), on two devices of it. */
import { beforeEach, expect, it } from 'vitest';
import type { ConversationDetailsView } from '../api.ts';
import { annaAndBenTalking } from '../testing/annaAndBen.ts';
import {
  answerCall,
  answerOf,
  callLines,
  type Holder,
  isSettled,
  rings,
  startCall,
  talk,
  watchCalls,
} from '../testing/callHolder.ts';
import type { TestAccount, TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;
let b2: TestDevice;

beforeEach(async () => {
  ({ world, ben, a, b } = await annaAndBenTalking());
  b2 = await ben.addDevice();
  await b2.online();
  await b2.shows(['before']);
  const last = (await answerOf(world, b.messages())).at(-1)!;
  await answerOf(world, b.api.markRead(idOf(b), last.order));
  await world.until(() => unread(b) === 0 && unread(b2) === 0, 'all is read');
});

const idOf = (device: TestDevice) => device.conversations[0]!.conversationId;
const unread = (device: TestDevice) => device.conversations[0]!.unreadCount;

/** What the device has shown of calls, ever. */
function everShown(device: TestDevice): { readonly ids: Set<string>; readonly details: () => boolean } {
  const ids = new Set<string>();
  let details: ConversationDetailsView | null = null;
  device.api.watch({ kind: 'calls' }, (calls) => {
    for (const { callId } of calls) ids.add(callId);
  });
  device.api.watch({ kind: 'conversation', conversationId: idOf(device) }, (value) => {
    details = value;
  });
  return { ids, details: () => details?.callsBlocked === true };
}

async function block(device: TestDevice, blocked: boolean): Promise<void> {
  const seen = [b, b2].map(everShown);
  await answerOf(world, device.api.blockCalls(idOf(device), blocked));
  await world.until(() => seen.every(({ details }) => details() === blocked), 'both devices know');
}

async function getsNoAnswer(caller: Holder): Promise<void> {
  await world.until(() => caller.signals.ended !== null, 'nobody answered');
  expect(caller.signals.ended).toEqual({ kind: 'unanswered' });
}

async function leavesQuietLine(...devices: TestDevice[]): Promise<void> {
  for (const device of devices) {
    await world.until(
      () =>
        device.disk.rows(
          "SELECT 1 FROM message WHERE body_kind = 'call' AND json_extract(detail, '$.isSettled')",
        ).length > 0,
      'its line is there',
    );
    await isSettled(world, device);
    expect(await callLines(world, device)).toMatchObject([
      { outcome: 'unanswered', isMissed: false, isIncoming: true },
    ]);
    expect(unread(device)).toBe(0);
  }
}

it('ring on no device, are answered by nothing and missed by nobody; the next one rings once they are wanted', async () => {
  await block(b, true);
  const shown = [b, b2].map(everShown);
  const startedAtMs = world.clock.now();
  const caller = await startCall(world, a);
  await world.until(() => b.disk.rows('SELECT 1 FROM call').length > 0, 'its invite is read');
  expect(await answerOf(world, b.api.openCall(caller.callId))).toMatchObject({
    problem: { kind: 'unknownCall' },
  });
  await answerOf(world, b.api.declineCall(caller.callId));
  await getsNoAnswer(caller);
  expect(world.clock.now() - startedAtMs).toBeGreaterThanOrEqual(44_000);
  await leavesQuietLine(b, b2);
  for (const { ids } of shown) expect([...ids]).toEqual([]);
  await block(b2, false);
  const next = await startCall(world, a);
  await rings(world, b, next.callId);
  await rings(world, b2, next.callId);
});

it('fall silent on all devices when the account chooses so while one rings', async () => {
  const caller = await startCall(world, a);
  await rings(world, b);
  await rings(world, b2);
  const shown = [watchCalls(b), watchCalls(b2)];
  void b.api.blockCalls(idOf(b), true);
  await world.until(() => shown.every(({ calls }) => calls().length === 0), 'both are silent');
  expect(caller.signals.ended).toBeNull();
  await getsNoAnswer(caller);
  await leavesQuietLine(b, b2);
});

it('are missed no more on a device that learns of the choice after the call', async () => {
  b.goOffline();
  await answerOf(world, b.api.blockCalls(idOf(b), true));
  const caller = await startCall(world, a);
  await rings(world, b2, caller.callId);
  await getsNoAnswer(caller);
  await world.until(() => unread(b2) === 1, 'it is missed');
  b.goOnline();
  await world.until(() => unread(b2) === 0, 'it counts no more');
  await leavesQuietLine(b, b2);
});

it('are not missed on a device that was not there', async () => {
  b2.goOffline();
  await answerOf(world, b.api.blockCalls(idOf(b), true));
  await getsNoAnswer(await startCall(world, a));
  await leavesQuietLine(b);
  b2.goOnline();
  await leavesQuietLine(b2);
});

it('are not told that anybody is busy by a device that is in another call', async () => {
  const carl = await world.addAccount('carl');
  const c = await carl.addDevice();
  await c.online();
  await c.meet(ben);
  await block(b, true);
  const other = await startCall(world, c);
  const { callId } = await rings(world, b, other.callId);
  const callee = await answerCall(world, b, callId);
  await talk(world, other, callee);
  const caller = await startCall(world, a);
  await getsNoAnswer(caller);
});

it('do not keep the account from calling, also while one rings nowhere', async () => {
  await block(b, true);
  const own = await startCall(world, b);
  const { callId } = await rings(world, a);
  expect(callId).toBe(own.callId);
  await answerOf(world, b.api.endCall(callId));
  await world.until(() => own.signals.ended !== null, 'it is over');
  await isSettled(world, a);
  const theirs = await startCall(world, a);
  await world.until(
    () => b.disk.rows('SELECT 1 FROM call WHERE is_open = 1').length > 0,
    'their call is open',
  );
  const mine = await startCall(world, b);
  await world.until(() => mine.signals.ended !== null, 'both call each other');
  expect(mine.signals.ended).toEqual({ kind: 'joinOther', callId: theirs.callId });
  expect(await answerOf(world, b.api.openCall(theirs.callId))).toMatchObject({ kind: 'ok' });
});
