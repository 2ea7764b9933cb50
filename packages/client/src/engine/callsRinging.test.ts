/** Who rings, who answers and how it ends, with many devices (spec/calls.md, "The log decides" and "Who ends it"). */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallLineView } from '../api.ts';
import { annaAndBenTalking } from '../testing/annaAndBen.ts';
import {
  answerCall,
  answerOf,
  callLines,
  Holder,
  isSettled,
  rings,
  startCall,
  talk,
  watchCalls,
} from '../testing/callHolder.ts';
import type { TestAccount, TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let a: TestDevice;
let b: TestDevice;

beforeEach(async () => {
  ({ world, anna, ben, a, b } = await annaAndBenTalking());
});

const idOf = (device: TestDevice) => device.conversations[0]!.conversationId;

async function secondDevice(account: TestAccount): Promise<TestDevice> {
  const device = await account.addDevice();
  await device.online();
  await device.shows(['before']);
  return device;
}

/** Every device shows the one line of the call so. */
async function leaves(line: Partial<CallLineView>, ...devices: TestDevice[]): Promise<void> {
  for (const device of devices) {
    await world.until(
      () => device.disk.rows("SELECT 1 FROM message WHERE body_kind = 'call'").length > 0,
      'it is shown',
    );
    await isSettled(world, device);
    expect(await callLines(world, device)).toMatchObject([line]);
  }
}

async function reads(device: TestDevice): Promise<void> {
  const last = (await answerOf(world, device.messages())).at(-1);
  await answerOf(world, device.api.markRead(idOf(device), last!.order));
}

describe('a call that rings', () => {
  it('on all devices is answered on one, and rings no more on the others', async () => {
    const b2 = await secondDevice(ben);
    const a2 = await secondDevice(anna);
    const [shown, other] = [watchCalls(b2), watchCalls(a2)];
    const caller = await startCall(world, a, { hasVideo: true });
    await rings(world, b);
    const { callId, hasVideo } = await rings(world, b2);
    expect(hasVideo).toBe(true);
    await world.until(() => other.calls().length === 1, "the caller's other device shows it");
    expect(other.calls()).toMatchObject([{ phase: 'ringing', device: 'elsewhere', isIncoming: false }]);
    const elsewhere = await Holder.create(world, b2, callId);
    elsewhere.hold();
    const callee = await answerCall(world, b, callId);
    await talk(world, caller, callee);
    await world.until(() => elsewhere.signals.ended !== null, 'it was answered elsewhere');
    expect(elsewhere.signals.ended).toEqual({ kind: 'answeredElsewhere' });
    expect(shown.calls()).toMatchObject([{ phase: 'ongoing', device: 'elsewhere' }]);
    expect(await answerOf(world, b2.api.openCall(callId))).toMatchObject({
      problem: { kind: 'answeredElsewhere' },
    });
    expect(await answerOf(world, b2.api.prepareCall(idOf(b2)))).toMatchObject({
      problem: { kind: 'inCall' },
    });
    void a.api.endCall(callId);
    await leaves({ outcome: 'answered', isMissed: false }, a, a2, b, b2);
    expect(b2.conversations[0]!.unreadCount).toBe(1);
  });

  it('that two devices answer is of the one whose answer came first', async () => {
    const b2 = await secondDevice(ben);
    const caller = await startCall(world, a);
    const { callId } = await rings(world, b);
    await rings(world, b2);
    const [one, two] = await Promise.all([answerCall(world, b, callId), answerCall(world, b2, callId)]);
    await world.until(() => caller.signals.code !== null, 'the caller has keys');
    await world.until(
      () => one.signals.ended !== null || two.signals.ended !== null,
      'one of them is too late',
    );
    const [late, first] = one.signals.ended === null ? [two, one] : [one, two];
    expect(late.signals.ended).toEqual({ kind: 'answeredElsewhere' });
    expect(late.signals.frameKeys).toEqual([]);
    await talk(world, caller, first);
    expect(first.signals.code).toBe(caller.signals.code);
  });

  it('is declined for all devices of the account', async () => {
    const b2 = await secondDevice(ben);
    const shown = watchCalls(b2);
    const caller = await startCall(world, a);
    const { callId } = await rings(world, b);
    await rings(world, b2);
    await answerOf(world, b2.api.declineCall(callId));
    await world.until(() => caller.signals.ended !== null, 'it was declined');
    expect(caller.signals.ended).toEqual({ kind: 'declined' });
    await leaves({ outcome: 'declined', isMissed: false }, a, b, b2);
    expect(shown.calls()).toEqual([]);
  });

  it('is taken back, and was missed', async () => {
    const b2 = await secondDevice(ben);
    await reads(b);
    const caller = await startCall(world, a);
    const { callId } = await rings(world, b);
    await answerOf(world, a.api.endCall(callId));
    expect(caller.signals.ended).toEqual({ kind: 'cancelled' });
    await leaves({ outcome: 'cancelled', isMissed: true, isIncoming: true }, b, b2);
    await leaves({ outcome: 'cancelled', isMissed: false, isIncoming: false }, a);
    expect(b.conversations[0]!.unreadCount).toBe(1);
    await reads(b);
    expect(b.conversations[0]!.unreadCount).toBe(0);
  });

  it('that nobody answers ends by the caller after 45 s', async () => {
    const caller = await startCall(world, a);
    const { callId, ringsUntilMs } = await rings(world, b);
    expect(ringsUntilMs - world.clock.now()).toBeGreaterThan(44_000);
    await world.until(() => caller.signals.ended !== null, 'nobody answered');
    expect(caller.signals.ended).toEqual({ kind: 'unanswered' });
    expect(world.clock.now()).toBeGreaterThanOrEqual(ringsUntilMs - 1_000);
    await leaves({ callId, outcome: 'unanswered', isMissed: true }, b);
    await leaves({ callId, outcome: 'unanswered', isMissed: false }, a);
    expect(b.conversations[0]!.unreadCount).toBe(2);
  });

  it('whose caller vanishes was missed by itself; the caller says so once it is back', async () => {
    const shown = watchCalls(b);
    const caller = await startCall(world, a);
    const { callId } = await rings(world, b);
    await a.crash();
    await world.until(() => shown.calls().length === 0, 'it rings no more');
    expect(await callLines(world, b)).toMatchObject([{ callId, outcome: 'unanswered', isMissed: true }]);
    expect(b.conversations[0]!.unreadCount).toBe(2);
    expect(await answerOf(world, b.api.openCall(callId))).toMatchObject({ problem: { kind: 'unknownCall' } });
    await a.start();
    await a.online();
    await leaves({ callId, outcome: 'unanswered' }, a, b);
    expect(b.conversations[0]!.unreadCount).toBe(2);
    expect(caller.signals.ended).toBeNull();
  });

  it('whose caller never comes back is over for good, and nothing stays of its description', async () => {
    const caller = await startCall(world, a);
    await rings(world, b);
    await a.crash();
    await world.clock.pass(12 * 60_000);
    await isSettled(world, b);
    expect(await callLines(world, b)).toMatchObject([
      { callId: caller.callId, outcome: 'unanswered', isMissed: true },
    ]);
    expect(JSON.stringify(b.disk.rows('SELECT state FROM call'))).not.toContain('fingerprint:');
    expect((await answerOf(world, b.api.prepareCall(idOf(b)))).kind).toBe('ok');
  });

  it('rings nowhere when it is read too late', async () => {
    b.goOffline();
    const caller = await startCall(world, a);
    await world.until(() => caller.signals.ended !== null, 'nobody answered');
    const shown: number[] = [];
    b.api.watch({ kind: 'calls' }, (calls) => {
      shown.push(calls.length);
    });
    b.goOnline();
    await leaves({ outcome: 'unanswered', isMissed: true }, b);
    expect(new Set(shown)).toEqual(new Set([0]));
  });

  it('is not begun offline, and nobody is told of one that did not leave', async () => {
    const caller = await startCall(world, a);
    await answerOf(world, a.api.endCall(caller.callId));
    await isSettled(world, a);
    const setup = await answerOf(world, a.api.prepareCall(idOf(a)));
    if (setup.kind === 'problem') throw new Error(setup.problem.kind);
    a.goOffline();
    await world.until(() => a.connection.kind === 'offline', 'it is offline');
    const holder = await Holder.create(world, a, setup.value.callId);
    expect(await answerOf(world, a.api.startCall(holder.start('offline')))).toMatchObject({
      problem: { kind: 'offline' },
    });
    expect(await answerOf(world, a.api.prepareCall(idOf(a)))).toMatchObject({ problem: { kind: 'offline' } });
  });
});

describe('both calling each other', () => {
  it('at once become one call', async () => {
    const b2 = await secondDevice(ben);
    const ringing: string[] = [];
    b2.api.watch({ kind: 'calls' }, (calls) => {
      for (const call of calls) if (call.phase === 'ringing') ringing.push(String(call.device));
    });
    const [one, two] = await Promise.all([startCall(world, a), startCall(world, b)]);
    await world.until(() => one.signals.ended !== null || two.signals.ended !== null, 'one is second');
    const [first, second] = one.signals.ended === null ? [one, two] : [two, one];
    expect(second.signals.ended).toEqual({ kind: 'joinOther', callId: first.callId });
    const callee = await answerCall(world, second.device, first.callId);
    await talk(world, first, callee);
    expect(first.signals.code).toBe(callee.signals.code);
    void second.device.api.endCall(first.callId);
    await leaves({ callId: first.callId, outcome: 'answered' }, a, b, b2);
  });
});

describe('an account that is in a call', () => {
  it('is busy for others, on all of its devices', async () => {
    const cleo = await world.addAccount('cleo');
    const c = await cleo.addDevice();
    await c.online();
    const b2 = await secondDevice(ben);
    const withBen = await c.meet(ben);
    await c.api.sendText(withBen, 'hello');
    await world.until(() => b.conversations.length === 2 && b2.conversations.length === 2, 'Ben knows Cleo');
    const caller = await startCall(world, a);
    const callee = await answerCall(world, b, (await rings(world, b)).callId);
    await talk(world, caller, callee);
    const ringing: string[] = [];
    for (const device of [b, b2]) {
      device.api.watch({ kind: 'calls' }, (calls) => {
        ringing.push(...calls.filter(({ phase }) => phase === 'ringing').map(({ callId }) => callId));
      });
    }
    const other = await startCall(world, c, { conversationId: withBen });
    await world.until(() => other.signals.ended !== null, 'Ben is busy');
    expect(other.signals.ended).toEqual({ kind: 'busy' });
    expect(ringing).not.toContain(other.callId);
    expect(caller.signals.ended).toBeNull();
    const line = async (device: TestDevice) => {
      const conversation = device.conversations.find(({ title }) => title === 'cleo')!;
      return callLines(world, device, conversation.conversationId);
    };
    const isSaid = (device: TestDevice) =>
      device.disk.rows(
        "SELECT 1 FROM message WHERE body_kind = 'call' AND json_extract(detail, '$.isSettled')",
      ).length === 1;
    await world.until(() => isSaid(b) && isSaid(b2), 'it is over on all devices');
    expect(await line(b)).toMatchObject([{ outcome: 'busy', isMissed: true }]);
    expect(await line(b2)).toMatchObject([{ outcome: 'busy', isMissed: true }]);
  });

  it('says so to who rings beside the call that it takes', async () => {
    const cleo = await world.addAccount('cleo');
    const c = await cleo.addDevice();
    await c.online();
    const withBen = await c.meet(ben);
    await c.api.sendText(withBen, 'hello');
    await world.until(() => b.conversations.length === 2, 'Ben knows Cleo');
    const one = await startCall(world, a);
    const two = await startCall(world, c, { conversationId: withBen });
    await rings(world, b, one.callId);
    await rings(world, b, two.callId);
    const callee = await answerCall(world, b, two.callId);
    await talk(world, two, callee);
    await world.until(() => one.signals.ended !== null, 'Ben is busy');
    expect(one.signals.ended).toEqual({ kind: 'busy' });
  });
});

it('notes to oneself, groups and unknown conversations have no calls', async () => {
  const own = await a.open(anna);
  expect(await answerOf(world, a.api.prepareCall(own))).toMatchObject({ problem: { kind: 'notDirect' } });
  const unknown = 'ab'.repeat(16) as typeof own;
  expect(await answerOf(world, a.api.prepareCall(unknown))).toMatchObject({
    problem: { kind: 'unknownConversation' },
  });
});
