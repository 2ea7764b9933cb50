/** Calls with bad input, bad clocks and devices that were not there (spec/calls.md). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AppendRequestSchema, type CallId, OpenRelayResponseSchema, RequestSchema } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeCall } from '../calls/callMessage.ts';
import { annaAndBenTalking } from '../testing/annaAndBen.ts';
import {
  answerCall,
  answerOf,
  callLines,
  descriptionOf,
  isSettled,
  rings,
  startCall,
  talk,
  watchCalls,
} from '../testing/callHolder.ts';
import { lie } from '../testing/lies.ts';
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

async function bodies(device: TestDevice): Promise<string[]> {
  const messages = await answerOf(world, device.messages());
  return messages.map(({ body }) => {
    if (body.kind === 'call') return `call ${body.call.outcome}`;
    if (body.kind === 'text') return body.text;
    return body.kind === 'notice' ? body.notice.kind : body.kind;
  });
}

async function callOnce(): Promise<void> {
  const caller = await startCall(world, a);
  const callee = await answerCall(world, b, (await rings(world, b)).callId);
  await talk(world, caller, callee);
  await world.clock.pass(60_000);
  void b.api.endCall(caller.callId);
  await isSettled(world, a);
  await isSettled(world, b);
}

/** What a device appends. */
function appends(device: TestDevice): { readonly passing: boolean; readonly kept: boolean }[] {
  const sent: { passing: boolean; kept: boolean }[] = [];
  device.toServer = (frame) => {
    const { method, payload } = fromBinary(RequestSchema, frame);
    if (method === 'Append') {
      const { passing, kind } = fromBinary(AppendRequestSchema, payload);
      if (kind.case === 'message') sent.push({ passing, kept: kind.value.kept !== undefined });
    }
    return [frame];
  };
  return sent;
}

/** Puts a message of a call into what a device sends, as a changed client would. */
function inject(device: TestDevice, content: Uint8Array): void {
  const id = [...world.provider.randomBytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  device.disk.exec(
    `INSERT INTO outbox (conversation, transaction_id, kind, content, state)
     SELECT key, '${id}', 'call', x'${content.toHex()}', 'waiting' FROM conversation LIMIT 1`,
  );
}

describe('a device that comes later', () => {
  it('has one line of the call and of nothing else that was said for it', async () => {
    await callOnce();
    await a.api.sendText(idOf(a), 'after');
    await b.shows(['before', 'after']);
    const late = await ben.addDevice();
    await late.online();
    await late.shows(['before', 'after']);
    const shown = await bodies(late);
    expect(shown.filter((line) => line.startsWith('call'))).toEqual(['call answered']);
    expect(shown).not.toContain('disappeared');
    expect(shown).not.toContain('unreadable');
    const [line] = await callLines(world, late);
    const [there] = await callLines(world, b);
    expect(line).toEqual(there);
    expect(await bodies(b)).toEqual(['conversationStarted', 'before', 'call answered', 'after']);
  });

  it('counts a call that was missed before it came', async () => {
    const caller = await startCall(world, a);
    await world.until(() => caller.signals.ended !== null, 'nobody answered');
    await isSettled(world, b);
    const late = await ben.addDevice();
    await late.online();
    await late.shows(['before']);
    expect(await callLines(world, late)).toMatchObject([{ outcome: 'unanswered', isMissed: true }]);
    expect(late.conversations[0]!.unreadCount).toBe(b.conversations[0]!.unreadCount);
  });
});

describe('what is said of a call', () => {
  it('passes at the server, but for how it ended', async () => {
    const [byA, byB] = [appends(a), appends(b)];
    await callOnce();
    const said = [...byA, ...byB].filter(({ kept }) => kept);
    expect(said).toEqual([{ passing: false, kept: true }]);
    expect(byA.filter(({ passing }) => passing)).toHaveLength(2);
    expect(byB.filter(({ passing }) => passing)).toHaveLength(1);
  });

  it('is under the timer of the conversation: the line disappears', async () => {
    await answerOf(world, a.api.setTimer(idOf(a), 30));
    await world.until(() => b.conversations[0]!.timer.seconds === 30, 'the timer is on');
    await callOnce();
    expect(await callLines(world, a)).toHaveLength(1);
    const last = (await answerOf(world, b.messages())).at(-1)!;
    expect(last.timer?.seconds).toBe(30);
    await answerOf(world, b.api.markRead(idOf(b), last.order));
    await world.clock.pass(31_000);
    expect(await callLines(world, a)).toEqual([]);
    expect(await callLines(world, b)).toEqual([]);
  });

  it('that is too large, malformed or unknown shows nothing, and nothing is lost by it', async () => {
    const callId = 'ab'.repeat(16) as CallId;
    const invite = {
      kind: 'invite' as const,
      callId,
      joinId: '01'.repeat(8),
      commitment: '02'.repeat(32),
      offer: descriptionOf('mallory', 60_000),
      hasVideo: false,
      relayTag: '03'.repeat(16),
    };
    inject(a, encodeCall(0, invite));
    inject(a, encodeCall(0, { ...invite, offer: 'v=0' }));
    inject(a, encodeCall(0, { ...invite, joinId: '01' }));
    inject(a, encodeCall(0, { ...invite, offer: descriptionOf('x').replace('sha-256', 'sha-1') }));
    await a.api.sendText(idOf(a), 'after');
    await b.shows(['before', 'after']);
    expect(watchCalls(b).calls()).toEqual([]);
    expect(await bodies(b)).toEqual(['conversationStarted', 'before', 'after']);
    await callOnce();
    expect(await callLines(world, b)).toHaveLength(1);
  });

  it('takes nothing away of what disappeared long before', async () => {
    const ageMs = 25 * 3_600_000;
    b.disk.exec(
      `UPDATE message SET body_kind = 'notice', detail = 'disappeared', sent_at_ms = sent_at_ms - ${ageMs}
       WHERE body_kind = 'text'`,
    );
    inject(
      a,
      encodeCall(0, {
        kind: 'end',
        callId: 'cd'.repeat(16) as CallId,
        outcome: 'unanswered',
        hasVideo: false,
        durationMs: 0,
        callerId: anna.accountId,
        inviteSeq: 0,
      }),
    );
    await a.api.sendText(idOf(a), 'after');
    await b.shows(['after']);
    expect(await bodies(b)).toEqual(['conversationStarted', 'disappeared', 'call unanswered', 'after']);
  });

  it('by somebody who is not in the call, or twice, does nothing', async () => {
    const caller = await startCall(world, a);
    const callee = await answerCall(world, b, (await rings(world, b)).callId);
    await talk(world, caller, callee);
    const a2 = await anna.addDevice();
    await a2.online();
    await a2.shows(['before']);
    const { callId } = caller;
    const update = {
      kind: 'update' as const,
      callId,
      joinId: '09'.repeat(8),
      toJoinId: '',
      revision: 1,
      description: { type: 'offer' as const, sdp: descriptionOf('mallory') },
      candidates: [],
      media: null,
      video: null,
    };
    inject(a2, encodeCall(0, update));
    inject(
      a2,
      encodeCall(0, {
        kind: 'confirm',
        callId,
        secret: '07'.repeat(32),
        deviceId: '08'.repeat(16) as never,
        joinId: '09'.repeat(8),
      }),
    );
    inject(
      a2,
      encodeCall(0, {
        kind: 'answer',
        callId,
        joinId: '09'.repeat(8),
        secret: '07'.repeat(32),
        answer: descriptionOf('x'),
        hasVideo: false,
      }),
    );
    await a2.api.sendText(idOf(a2), 'after');
    await b.shows(['before', 'after']);
    expect(callee.signals.updates).toEqual([]);
    expect(callee.signals.ended).toBeNull();
    expect(caller.signals.code).toBe(callee.signals.code);
  });

  it('ends the call where the caller shows another secret than it was bound to', async () => {
    const caller = await startCall(world, a);
    const { callId } = await rings(world, b);
    // The caller's state is changed, so that it confirms with another secret.
    a.disk.exec(`UPDATE call SET state = json_set(state, '$.own.secret', '${'0f'.repeat(32)}')`);
    const callee = await answerCall(world, b, callId);
    await world.until(() => callee.signals.ended !== null, 'it is over');
    expect(callee.signals.ended).toEqual({ kind: 'failed' });
    expect(callee.signals.frameKeys).toEqual([]);
    expect(callee.signals.code).toBeNull();
    await world.until(() => caller.signals.ended !== null, 'the caller is told');
  });
});

describe('connections and clocks', () => {
  it('that are lost at every step repeat what was said, once', async () => {
    const caller = await startCall(world, a);
    a.breakConnection();
    const { callId } = await rings(world, b);
    const callee = await answerCall(world, b, callId);
    b.breakConnection();
    await world.until(() => caller.signals.updates.length > 0, 'the answer came');
    a.breakConnection();
    await talk(world, caller, callee);
    expect(caller.signals.code).toBe(callee.signals.code);
    expect(caller.signals.updates).toHaveLength(1);
    void a.api.endCall(callId);
    a.breakConnection();
    await isSettled(world, a);
    await isSettled(world, b);
    expect(await callLines(world, b)).toHaveLength(1);
  });

  it('set ahead by hours while they are connected ring half a minute later', async () => {
    b.clockErrorMs = 3 * 3_600_000;
    await world.clock.pass(31_000);
    const caller = await startCall(world, a);
    const { callId } = await rings(world, b);
    await talk(world, caller, await answerCall(world, b, callId));
  });

  it.each([-3 * 3_600_000, 3 * 3_600_000])('%d ms off ring as long as others do', async (errorMs) => {
    const c = await ben.addDevice((device) => {
      device.clockErrorMs = errorMs;
    });
    await c.online();
    await c.shows(['before']);
    const caller = await startCall(world, a);
    const { ringsUntilMs } = await rings(world, c);
    const leftMs = ringsUntilMs - (world.clock.now() + errorMs);
    expect(leftMs).toBeGreaterThan(40_000);
    expect(leftMs).toBeLessThanOrEqual(45_000);
    const callee = await answerCall(world, c, caller.callId);
    await talk(world, caller, callee);
    await world.clock.pass(10_000);
    void c.api.endCall(caller.callId);
    await isSettled(world, a);
    const [line] = await callLines(world, a);
    expect(line!.durationMs).toBeGreaterThanOrEqual(10_000);
    expect(line!.durationMs).toBeLessThan(15_000);
  });
});

it('calls of who took the place of somebody else wait until that is accepted', async () => {
  a.disk.exec(`INSERT INTO replaced_account VALUES ('${ben.accountId}', '${'ef'.repeat(16)}', 'open', 0)`);
  expect(await answerOf(world, a.api.prepareCall(idOf(a)))).toMatchObject({
    problem: { kind: 'peerReplaced' },
  });
  await startCall(world, b);
  const { callId } = await rings(world, a);
  expect(await answerOf(world, a.api.openCall(callId))).toMatchObject({ problem: { kind: 'peerReplaced' } });
});

it('the choice to relay always is the same on all devices, and kept to', async () => {
  const a2 = await anna.addDevice();
  await a2.online();
  expect(await answerOf(world, a2.api.readAlwaysRelay())).toBe(false);
  await answerOf(world, a.api.setAlwaysRelay(true));
  let isOn = false;
  await world.until(() => {
    void a2.api.readAlwaysRelay().then((on) => {
      isOn = on;
    });
    return isOn;
  }, 'the other device knows');
  const setup = await answerOf(world, a2.api.prepareCall(idOf(a2)));
  expect(setup).toMatchObject({ kind: 'ok', value: { isRelayOnly: true } });
});

it('an account that was never written to is called by the relay, whatever it says that was', async () => {
  const servers = [{ urls: ['turn:relay.example'], username: 'name', credential: 'word' }];
  const relays = toBinary(OpenRelayResponseSchema, create(OpenRelayResponseSchema, { servers }));
  lie(b, { answer: (method, payload) => (method === 'OpenRelay' ? relays : payload) });
  const opened = (callId: CallId): Promise<unknown> => answerOf(world, b.api.openCall(callId));
  inject(
    a,
    encodeCall(0, {
      kind: 'end',
      callId: 'cd'.repeat(16) as CallId,
      outcome: 'answered',
      hasVideo: false,
      durationMs: Number.MAX_SAFE_INTEGER,
      callerId: anna.accountId,
      inviteSeq: 0,
    }),
  );
  const caller = await startCall(world, a);
  const { callId } = await rings(world, b);
  expect(await callLines(world, b)).toMatchObject([{ outcome: 'answered', durationMs: 24 * 3_600_000 }, {}]);
  expect(await opened(callId)).toMatchObject({ kind: 'ok', value: { isRelayOnly: true } });
  const callee = await answerCall(world, b, callId);
  await talk(world, caller, callee);
  void a.api.endCall(callId);
  await isSettled(world, a);
  await isSettled(world, b);
  const next = await startCall(world, a);
  await rings(world, b, next.callId);
  expect(await opened(next.callId)).toMatchObject({ kind: 'ok', value: { isRelayOnly: false } });
});
