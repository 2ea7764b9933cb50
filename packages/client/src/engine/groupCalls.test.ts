/** Calls of groups with many devices: who begins, who is in it, who has which keys (spec/groupCalls.md). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  Connection as Methods,
  OpenCallSeatRequestSchema,
  RequestSchema,
  ServerFrameSchema,
} from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { startCall } from '../testing/callHolder.ts';
import {
  GroupHolder,
  groupLines,
  haveKeys,
  isOver,
  joinGroup,
  openCalls,
  quiet,
  startGroup,
} from '../testing/groupCallHolder.ts';
import { answered, createdGroup, groupDetails, groupId, threeOnline } from '../testing/groupWorld.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let accounts: [TestAccount, TestAccount, TestAccount];
let a: TestDevice;
let b: TestDevice;
let c: TestDevice;

beforeEach(async () => {
  world = await TestWorld.create();
  const three = await threeOnline(world, ['anna', 'ben', 'cleo']);
  ({ accounts } = three);
  [a, b, c] = three.devices;
  await createdGroup(world, [a, b, c]);
});

const ringsOn = (device: TestDevice): boolean =>
  openCalls(device).some(({ ringsUntilMs }) => ringsUntilMs !== null);
const nobodyIn = (device: TestDevice): Promise<void> =>
  world.until(() => openCalls(device).length === 0, 'no call is open', 120_000);

describe('a call of a group', () => {
  it('rings, is joined, shown to all, and leaves one line', async () => {
    const one = await startGroup(world, a, { hasVideo: true });
    await world.until(() => ringsOn(b) && ringsOn(c), 'it rings at the others');
    expect(openCalls(b)).toMatchObject([{ device: null, hasVideo: true, mayJoin: true, mayControl: false }]);
    expect(openCalls(a)).toMatchObject([{ device: 'here', ringsUntilMs: null, mayControl: true }]);
    const two = await joinGroup(world, b, one.callId);
    await haveKeys(world, [one, two]);
    expect(ringsOn(b)).toBe(false);
    expect(openCalls(c)[0]!.people.map(({ username }) => username)).toEqual(['anna', 'ben']);
    expect(await groupLines(world, c)).toMatchObject([{ isOpen: true, durationMs: null, isMissed: false }]);
    await answered(world, a.api.leaveGroupCall(one.callId));
    expect(one.signals.ended).toEqual({ kind: 'left' });
    await world.until(() => two.people.join() === 'ben', 'she left');
    await answered(world, b.api.leaveGroupCall(one.callId));
    await isOver(world, a, b, c);
    for (const device of [a, b, c]) {
      expect(await groupLines(world, device)).toMatchObject([
        { isOpen: false, peopleCount: 2, hasVideo: true, isMissed: device === c },
      ]);
    }
    expect(c.conversations.find(({ kind }) => kind === 'group')!.unreadCount).toBe(1);
  });

  it('that two begin at once is one', async () => {
    const [one, two] = await Promise.all([startGroup(world, a), startGroup(world, b)]);
    expect(one.callId).toBe(two.callId);
    await haveKeys(world, [one, two]);
    expect(openCalls(c)).toHaveLength(1);
  });

  it('begins by the log where somebody has only opened a room', async () => {
    const callId = 'ab'.repeat(16);
    const logId = String(c.disk.rows("SELECT log_id FROM conversation WHERE kind = 'group'")[0]?.log_id);
    const request = { id: 0x7fffffff, method: Methods.method.openCallSeat.name };
    const payload = toBinary(
      OpenCallSeatRequestSchema,
      create(OpenCallSeatRequestSchema, {
        conversationId: Uint8Array.fromHex(logId),
        callId: Uint8Array.fromHex(callId),
        joinId: new Uint8Array(8).fill(1),
      }),
    );
    c.toDevice = (frame) => {
      const { kind } = fromBinary(ServerFrameSchema, frame);
      return kind.case === 'response' && kind.value.id === request.id ? [] : [frame];
    };
    c.toServer = (frame) => {
      c.toServer = (later) => [later];
      return [frame, toBinary(RequestSchema, create(RequestSchema, { ...request, payload }))];
    };
    // It asks whether the server is there.
    c.goOnline();
    // He came to the group later than it began, and may have missed a call.
    await world.until(() => openCalls(b)[0]?.callId === callId, 'there is a room');
    expect(openCalls(a)).toEqual([]);
    const one = await startGroup(world, a);
    expect(one.callId).not.toBe(callId);
    await haveKeys(world, [one, await joinGroup(world, b, one.callId)]);
  });

  it('is declined for all devices of an account, and joined on one of them silences the others', async () => {
    const b2 = await accounts[1].addDevice();
    await b2.online();
    await world.until(() => b2.conversations.some(({ state }) => state === 'ready'), 'it has the group');
    const one = await startGroup(world, a);
    await world.until(() => ringsOn(b) && ringsOn(b2) && ringsOn(c), 'it rings');
    await answered(world, b2.api.declineGroupCall(one.callId));
    await world.until(() => !ringsOn(b) && !ringsOn(b2), 'it rings on none of them');
    expect(ringsOn(c)).toBe(true);
    const two = await joinGroup(world, b, one.callId);
    await haveKeys(world, [one, two]);
    await world.until(() => openCalls(b2)[0]!.device === 'elsewhere', 'the other device knows');
    // The account's other device takes it over.
    const three = await joinGroup(world, b2, one.callId);
    await world.until(() => two.signals.ended !== null, 'it is elsewhere');
    expect(two.signals.ended).toEqual({ kind: 'elsewhere' });
    await haveKeys(world, [one, three]);
  });

  it('stops ringing after 45 seconds, and rings nowhere if it was not asked to', async () => {
    const one = await startGroup(world, a);
    await world.until(() => ringsOn(b), 'it rings');
    await world.until(() => !ringsOn(b), 'it rings no more', 60_000);
    expect(openCalls(b)).toHaveLength(1);
    await answered(world, a.api.leaveGroupCall(one.callId));
    await isOver(world, a, b, c);
    await startGroup(world, a, { rings: false });
    await world.until(() => openCalls(b).length === 1, 'it is shown');
    expect(ringsOn(b)).toBe(false);
  });

  it('is the only one of an account', async () => {
    const one = await startGroup(world, a);
    const { conversationId } = openCalls(a)[0]!;
    expect(
      await answered(world, b.api.startGroupCall({ conversationId: groupId(b), hasVideo: false })),
    ).toEqual({
      kind: 'ok',
      value: { callId: one.callId },
    });
    await a.meet(accounts[1]);
    await world.until(() => b.conversations.some(({ kind }) => kind === 'direct'), 'they have met');
    const direct = a.conversations.find(({ kind }) => kind === 'direct')!.conversationId;
    expect(conversationId).not.toBe(direct);
    expect(await answered(world, a.api.prepareCall(direct))).toMatchObject({ problem: { kind: 'inCall' } });
    const call = await startCall(world, b, {
      conversationId: b.conversations.find(({ kind }) => kind === 'direct')!.conversationId,
    });
    await world.until(() => call.signals.ended !== null, 'she is busy');
    expect(call.signals.ended).toEqual({ kind: 'busy' });
  });
});

describe('keys', () => {
  it('of a newcomer open nothing earlier, and of who left nothing later', async () => {
    const one = await startGroup(world, a);
    const two = await joinGroup(world, b, one.callId);
    const first = await haveKeys(world, [one, two]);
    expect(first.generation).toBe(0);
    const three = await joinGroup(world, c, one.callId);
    const second = await haveKeys(world, [one, two, three]);
    expect(second).toMatchObject({ generation: 0, step: first.step + 1, delayMs: 0 });
    const { generation, step } = second;
    // All have the same key of each sender, and each sender another one.
    const keys = await Promise.all([two, three].map((holder) => holder.keyOf(one, generation, step)));
    expect(keys[0]).toBe(keys[1]);
    expect(await three.keyOf(two, generation, step)).not.toBe(keys[0]);
    expect(await two.keyOf(one, first.generation, first.step)).not.toBeNull();
    expect(await three.keyOf(one, first.generation, first.step)).toBeNull();
    await answered(world, b.api.leaveGroupCall(one.callId));
    const toldTwo = await two.bases().catch(() => []);
    const third = await haveKeys(world, [one, three], 1);
    expect(third).toMatchObject({ generation: 1, step: 0, delayMs: 1_500 });
    expect(toldTwo.some((base) => base.generation === 1)).toBe(false);
    // It is still a member of the group, and reads the message that brings the new keys.
    await world.until(() => openCalls(b)[0]!.people.length === 2, 'it reads on');
    expect(two.signals.frameKeys).toEqual([]);
    expect(b.disk.rows('SELECT sealed FROM group_call_key')).toEqual([]);
    const stored = String(b.disk.rows('SELECT state FROM group_call')[0]?.state);
    expect(stored).not.toContain(Buffer.from(third.base).toString('hex'));
    expect(stored).not.toContain('"sharePrivate"');
    // The bases before are not kept where they were used either.
    expect(String(a.disk.rows('SELECT state FROM group_call')[0]?.state)).not.toContain(
      Buffer.from(second.base).toString('hex'),
    );
  });

  it('are made by the next one where the steward is gone', async () => {
    const one = await startGroup(world, a);
    const two = await joinGroup(world, b, one.callId);
    await haveKeys(world, [one, two]);
    await a.crash();
    const three = await joinGroup(world, c, one.callId);
    await world.until(() => three.hasKeys, 'the second one gives keys', 30_000);
    expect(await three.keyOf(two, 0, 2)).toBe(await two.keyOf(two, 0, 2));
  });

  it('wait for their turn again where who needed them left without', async () => {
    const one = await startGroup(world, a);
    const two = await joinGroup(world, b, one.callId);
    await haveKeys(world, [one, two]);
    await a.crash();
    await joinGroup(world, c, one.callId);
    await world.until(() => two.people.length === 3, 'she is there');
    await world.clock.pass(1_500);
    await answered(world, c.api.leaveGroupCall(one.callId));
    await world.until(() => two.people.length === 2, 'she left');
    await world.clock.pass(1_000);
    const again = await joinGroup(world, c, one.callId);
    await world.until(() => two.people.length === 3, 'she is there again');
    await world.clock.pass(1_500);
    expect(again.hasKeys).toBe(false);
    await world.until(() => again.hasKeys, 'the second one gives keys', 30_000);
  });

  it('come again for who comes back after a restart, in each step of a join', async () => {
    const one = await startGroup(world, a);
    for (let at = 1; at <= 6; at += 1) {
      b.disk.failAt(at, 'after');
      const holder = await GroupHolder.create(world, b, one.callId);
      await answered(
        world,
        b.api
          .joinGroupCall({ callId: one.callId, frameKey: holder.frameKey, media: quiet })
          .catch(() => null),
      );
      await b.restart();
      await b.online();
      const again = await GroupHolder.create(world, b, one.callId);
      await again.join();
      await haveKeys(world, [one, again]);
      await answered(world, b.api.leaveGroupCall(one.callId));
      await world.until(() => one.people.join() === 'anna', 'he left');
    }
  });
});

describe('hosts', () => {
  it('remove, lock, lower hands and end; others cannot', async () => {
    const one = await startGroup(world, a);
    const two = await joinGroup(world, b, one.callId);
    await haveKeys(world, [one, two]);
    const { callId } = one;
    for (const control of [
      { kind: 'lock', on: true },
      { kind: 'remove', accountId: accounts[0].accountId },
      { kind: 'endForAll' },
    ] as const) {
      expect(await answered(world, b.api.controlGroupCall(callId, control))).toEqual({
        kind: 'problem',
        problem: { kind: 'notAllowed' },
      });
    }
    await answered(world, b.api.updateGroupCall(callId, { ...quiet, isHandRaised: true }));
    await world.until(() => one.signals.participants[1]!.handPlace === 0, 'his hand is up');
    await answered(world, a.api.controlGroupCall(callId, { kind: 'lowerHand', joinId: two.joinId }));
    await answered(world, a.api.controlGroupCall(callId, { kind: 'askMute', joinId: null }));
    await world.until(() => two.signals.handLowered === 1 && two.signals.muteAsked === 1, 'he was asked');
    expect(one.signals.muteAsked).toBe(0);
    await answered(world, b.api.reactInGroupCall(callId, '👏'));
    await world.until(() => one.signals.reactions.length === 1, 'he claps');
    expect(one.signals.reactions).toMatchObject([{ joinId: two.joinId, emoji: '👏' }]);
    await answered(world, a.api.controlGroupCall(callId, { kind: 'lock', on: true }));
    await world.until(() => openCalls(c)[0]?.isLocked === true, 'it is locked');
    expect(openCalls(c)[0]!.mayJoin).toBe(false);
    const { frameKey } = await GroupHolder.create(world, c, callId);
    expect(await answered(world, c.api.joinGroupCall({ callId, frameKey, media: quiet }))).toMatchObject({
      problem: { kind: 'locked' },
    });
    await answered(
      world,
      a.api.controlGroupCall(callId, { kind: 'remove', accountId: accounts[1].accountId }),
    );
    await world.until(() => two.signals.ended !== null, 'he is out');
    expect(two.signals.ended).toEqual({ kind: 'removed' });
    const renewed = await haveKeys(world, [one], 1);
    expect(renewed.generation).toBe(1);
    expect(openCalls(b)[0]!.mayJoin).toBe(false);
    await answered(world, a.api.controlGroupCall(callId, { kind: 'endForAll' }));
    await isOver(world, a, b, c);
    expect(one.signals.ended).toEqual({ kind: 'ended' });
    expect(await groupLines(world, c)).toMatchObject([{ isOpen: false, peopleCount: 2 }]);
    // The pages have not let go of their seats yet.
    const next = await startGroup(world, a);
    expect(next.callId).not.toBe(callId);
  });

  it('end one call after the other, and none leaves a seat behind', async () => {
    for (let count = 0; count < 5; count++) {
      const one = await startGroup(world, a);
      const two = await joinGroup(world, b, one.callId);
      await haveKeys(world, [one, two]);
      await answered(world, a.api.controlGroupCall(one.callId, { kind: 'endForAll' }));
      await isOver(world, a, b, c);
    }
  });

  it('end one call after the other, and none leaves the seat behind of one who left offline', async () => {
    for (let count = 0; count < 5; count++) {
      const one = await startGroup(world, a);
      const two = await joinGroup(world, b, one.callId);
      await haveKeys(world, [one, two]);
      b.goOffline();
      await answered(world, b.api.leaveGroupCall(one.callId));
      expect(two.signals.ended).toEqual({ kind: 'left' });
      b.goOnline();
      await world.until(() => one.people.join() === 'anna', 'he left');
      await answered(world, a.api.controlGroupCall(one.callId, { kind: 'endForAll' }));
      await isOver(world, a, b, c);
    }
  });

  it('leave no seat that was asked for while the join ended', async () => {
    const one = await startGroup(world, a);
    await one.connect();
    let seats = 1;
    b.toDevice = (frame) => {
      const { kind } = fromBinary(ServerFrameSchema, frame);
      const push = kind.case === 'push' ? kind.value.kind : null;
      if (push?.case === 'callRooms') seats = push.value.rooms.flatMap((room) => room.seats).length;
      return [frame];
    };
    // The seat is another one, and what the page asks is asked again.
    world.relays.kill();
    world.relays.restart();
    const asked = a.api.askCallSeat(one.callId, Uint8Array.of(0x0a, 0));
    await answered(world, a.api.leaveGroupCall(one.callId));
    expect(await answered(world, asked)).toEqual({ kind: 'problem', problem: { kind: 'unknownCall' } });
    await world.clock.pass(1_000);
    // Sooner than its lease ends.
    await world.until(() => seats === 0, 'there is no seat', 10_000);
  });

  it('take a member out of the group, and so out of the call at once', async () => {
    const one = await startGroup(world, a);
    const two = await joinGroup(world, b, one.callId);
    const before = await haveKeys(world, [one, two]);
    const removed = await answered(world, a.api.removeMember(groupId(a), accounts[1].accountId));
    expect(removed.kind).toBe('ok');
    await world.until(() => two.signals.ended !== null, 'he is out');
    await world.until(() => one.people.join() === 'anna', 'he is gone from the call');
    const after = await haveKeys(world, [one], before.generation + 1);
    expect(after.generation).toBe(before.generation + 1);
    expect(groupDetails(a).members).toHaveLength(2);
  });

  it('take a member out of the group and let it in again, and it comes back into the call', async () => {
    const one = await startGroup(world, a);
    const two = await joinGroup(world, b, one.callId);
    const three = await joinGroup(world, c, one.callId);
    await haveKeys(world, [one, two, three]);
    await answered(world, a.api.removeMember(groupId(a), accounts[1].accountId));
    await world.until(() => two.signals.ended !== null, 'he is out');
    expect(two.signals.ended).toEqual({ kind: 'removed' });
    expect(openCalls(b)).toEqual([]);
    expect(await groupLines(world, b)).toMatchObject([{ isOpen: false }]);
    const before = await haveKeys(world, [one, three], 1);
    await answered(world, c.api.leaveGroupCall(one.callId));
    await haveKeys(world, [one], before.generation + 1);
    // Longer than a call may be empty: what he knew of it says so.
    await world.clock.pass(200_000);
    expect((await answered(world, a.api.addMembers(groupId(a), [accounts[1].accountId]))).kind).toBe('ok');
    const again = await joinGroup(world, b, one.callId);
    await haveKeys(world, [one, again], before.generation + 1);
    expect(again.signals.ordinal).toBe(one.signals.participants[1]?.ordinal);
  });
});

it('of a group that a member leaves ends for that member', async () => {
  const one = await startGroup(world, a);
  const two = await joinGroup(world, b, one.callId);
  await haveKeys(world, [one, two]);
  await answered(world, b.api.leaveGroup(groupId(b), false));
  await world.until(() => two.signals.ended !== null, 'it is over for him');
  expect(two.signals.ended).toEqual({ kind: 'left' });
  await haveKeys(world, [one], 1);
});

it('is left by a device that signs out, at once', async () => {
  const one = await startGroup(world, a);
  const two = await joinGroup(world, b, one.callId);
  await haveKeys(world, [one, two]);
  await answered(world, b.api.signOut());
  b.goOffline();
  await world.until(() => one.people.join() === 'anna', 'he is gone from the call', 1_000);
});

describe('who is lost', () => {
  it('is taken out by another one, and the call ends when nobody is in it', async () => {
    const one = await startGroup(world, a);
    const two = await joinGroup(world, b, one.callId);
    await haveKeys(world, [one, two]);
    await one.connect();
    await two.connect();
    await b.crash();
    world.relays.silence(two.joinId);
    await world.until(() => one.people.join() === 'anna', 'he is taken out', 90_000);
    const renewed = await haveKeys(world, [one], 1);
    expect(renewed.generation).toBe(1);
    one.drop();
    await nobodyIn(c);
    await isOver(world, a, c);
  });

  it('is who has no seat of its own: nothing is heard of one who took it', async () => {
    const one = await startGroup(world, a);
    const two = await joinGroup(world, b, one.callId);
    await haveKeys(world, [one, two]);
    await Promise.all([one.connect(), two.connect()]);
    const { joinId } = one;
    const stranger = new Uint8Array(16).fill(7);
    b.toDevice = (frame) => {
      const { kind } = fromBinary(ServerFrameSchema, frame);
      const push = kind.case === 'push' ? kind.value : null;
      if (push?.kind.case !== 'callRooms') return [frame];
      for (const { seats } of push.kind.value.rooms)
        for (const seat of seats) if (seat.joinId.toHex() === joinId) seat.deviceId = stranger;
      return [
        toBinary(ServerFrameSchema, create(ServerFrameSchema, { kind: { case: 'push', value: push } })),
      ];
    };
    // The rooms are told again.
    await joinGroup(world, c, one.callId);
    const hasKeys = (): boolean | undefined =>
      two.signals.participants.find((person) => person.joinId === joinId)?.hasKeys;
    await world.until(() => hasKeys() === false, 'she is not listened to');
    await world.until(() => one.signals.ended !== null, 'she is taken out', 90_000);
    expect(one.signals.ended).toEqual({ kind: 'lost' });
  });

  it('is taken out by another device of the account where nobody else is there to do it', async () => {
    const b2 = await accounts[1].addDevice();
    await b2.online();
    await world.until(() => b2.conversations.some(({ state }) => state === 'ready'), 'it has the group');
    const one = await startGroup(world, a);
    const two = await joinGroup(world, b, one.callId);
    const three = await joinGroup(world, c, one.callId);
    await haveKeys(world, [one, two, three]);
    await Promise.all([two.connect(), three.connect()]);
    await answered(world, a.api.leaveGroupCall(one.callId));
    await world.until(() => openCalls(b2)[0]?.people.length === 2, 'she left');
    await Promise.all([a, b, c].map((device) => device.crash()));
    for (const { joinId } of [two, three]) world.relays.silence(joinId);
    expect(openCalls(b2)[0]!.device).toBe('elsewhere');
    await world.until(() => openCalls(b2)[0]?.device === null, 'he is free for other calls', 240_000);
    expect(openCalls(b2)[0]!.people.map(({ username }) => username)).toEqual(['cleo']);
  });

  it('leaves by itself where nobody holds the call for 30 seconds', async () => {
    const one = await startGroup(world, a);
    await world.until(() => openCalls(b).length === 1, 'it is shown');
    one.drop();
    expect(openCalls(a)[0]!.rejoinUntilMs).not.toBeNull();
    await isOver(world, a, b, c);
    expect(await groupLines(world, b)).toMatchObject([{ isOpen: false, peopleCount: 1 }]);
  });

  it('has another seat once the relay is there again', async () => {
    const one = await startGroup(world, a);
    await one.connect();
    const before = one.signals.roomRevision!;
    world.relays.kill();
    world.relays.restart();
    await world.until(() => (one.signals.roomRevision ?? 0) > before, 'the room is another one', 30_000);
    expect((await one.connect()).length).toBeGreaterThan(0);
    expect(one.signals.ended).toBeNull();
  });

  it('has its seat again, and hears of it, once its engine was started anew', async () => {
    const one = await startGroup(world, a);
    await one.connect();
    const { joinId } = one;
    await a.restart();
    await a.online();
    const again = await GroupHolder.create(world, a, one.callId);
    await world.until(
      () => {
        world.relays.tellSeat(joinId);
        return again.signals.seatEvent !== null;
      },
      'what the relay says is taken',
      20_000,
    );
  });
});

describe('a device that came later', () => {
  it('sees the open call, joins it and has the whole of it', async () => {
    const one = await startGroup(world, a);
    const two = await joinGroup(world, b, one.callId);
    await haveKeys(world, [one, two]);
    const dora = await world.addAccount('dora');
    const d = await dora.addDevice();
    await d.online();
    const added = await answered(world, a.api.addMembers(groupId(a), [dora.accountId]));
    expect(added.kind).toBe('ok');
    await world.until(() => openCalls(d).length === 1, 'it shows the call', 30_000);
    expect(openCalls(d)[0]!.people).toHaveLength(2);
    const four = await joinGroup(world, d, one.callId);
    const keys = await haveKeys(world, [one, two, four]);
    expect(four.people).toEqual(['anna', 'ben', 'dora']);
    expect(await four.keyOf(one, keys.generation, keys.step)).toBe(
      await two.keyOf(one, keys.generation, keys.step),
    );
    expect(openCalls(d)[0]!.startedBy?.username).toBe('anna');
    expect(await four.keyOf(one, keys.generation, keys.step - 1)).toBeNull();
  });
});

it('that went on while a device passed over what was said is told to it anew', async () => {
  const one = await startGroup(world, a);
  const two = await joinGroup(world, b, one.callId);
  await haveKeys(world, [one, two]);
  await c.crash();
  c.farEntries = { inAll: 8, inOne: 4 };
  await answered(world, b.api.leaveGroupCall(one.callId));
  for (let count = 0; count < 12; count++) {
    await answered(world, a.api.sendText(groupId(a), `text ${count}`));
  }
  const again = await joinGroup(world, b, one.callId);
  const before = await haveKeys(world, [one, again], 1);
  await c.start();
  await c.online();
  const three = await joinGroup(world, c, one.callId);
  await haveKeys(world, [one, again, three], before.generation);
  expect(three.signals.ordinal).toBe(one.signals.participants.at(-1)?.ordinal);
});

it('goes on without one whose group is damaged, who comes back as a new join', async () => {
  const one = await startGroup(world, a);
  const two = await joinGroup(world, b, one.callId);
  await haveKeys(world, [one, two]);
  await b.crash();
  b.disk.exec('UPDATE group_record SET value = zeroblob(10) WHERE section = 0');
  // What is said meanwhile it will not read.
  const three = await joinGroup(world, c, one.callId);
  await world.until(() => three.hasKeys, 'keys are given without him');
  await b.start();
  two.hold();
  await world.until(() => two.signals.ended !== null, 'his part is over');
  expect(two.signals.ended).toEqual({ kind: 'lost' });
  await haveKeys(world, [one, three, await joinGroup(world, b, one.callId)]);
});

describe('ten at once', () => {
  it('join, and leave, and the rest have new keys', async () => {
    const more: GroupHolder[] = [];
    const one = await startGroup(world, a, { rings: false });
    const people = await Promise.all(
      Array.from({ length: 10 }, async (_, at) => {
        const account = await world.addAccount(`guest${at}`);
        const device = await account.addDevice();
        await device.online();
        return { account, device };
      }),
    );
    const ids = people.map(({ account }) => account.accountId);
    expect((await answered(world, a.api.addMembers(groupId(a), ids))).kind).toBe('ok');
    await world.until(
      () => people.every(({ device }) => openCalls(device).length === 1),
      'all see it',
      60_000,
    );
    for (const { device } of people) more.push(await GroupHolder.create(world, device, one.callId));
    await Promise.all(more.map((holder) => holder.join()));
    const before = await haveKeys(world, [one, ...more]);
    expect(before.generation).toBe(0);
    await Promise.all(more.slice(0, 9).map((holder) => holder.device.api.leaveGroupCall(one.callId)));
    const after = await haveKeys(world, [one, more[9]!], 1);
    // One or two new generations, however they fell into the batches; not one for each.
    expect(after.generation).toBeLessThanOrEqual(3);
  });
});
