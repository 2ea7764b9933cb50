/** Calls among crashes, lost connections and people who do as they please: nothing is left of any (spec/calls.md, "Who ends it"). */
import type { CallId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import type { CallLineView } from '../api.ts';
import { annaAndBen } from '../testing/annaAndBen.ts';
import { callLines, Holder, isSettled } from '../testing/callHolder.ts';
import type { TestDevice } from '../testing/testWorld.ts';

/** Numbers from 0 on, below `limit`; the same ones for the same seed. */
function randomOf(seed: number): (limit: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (limit) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) | 0;
    return (state >>> 8) % limit;
  };
}

/** What both accounts are shown alike. */
const said = ({ callId, outcome, durationMs, hasVideo }: CallLineView) => ({
  callId,
  outcome,
  durationMs,
  hasVideo,
});

describe('calls in a storm', () => {
  it.each([1, 2, 3])('of seed %d are all over in the end, alike on all devices', async (seed) => {
    const { world, anna, ben, a, b } = await annaAndBen();
    await a.meet(ben);
    await a.api.sendText(a.conversations[0]!.conversationId, 'before');
    await b.shows(['before']);
    const a2 = await anna.addDevice();
    const b2 = await ben.addDevice();
    const devices = [a, a2, b, b2];
    for (const device of devices) {
      await device.online();
      await device.shows(['before']);
      // Who comes while it rings does not know which call was the first.
      await world.until(() => device.conversations[0]?.state === 'ready', 'it is in the conversation');
    }
    const random = randomOf(seed);
    const holders: Holder[] = [];
    const idOf = (device: TestDevice) => device.conversations[0]!.conversationId;
    const ignored = () => undefined;
    const hold = async (device: TestDevice, callId: CallId): Promise<Holder> => {
      const holder = await Holder.create(world, device, callId);
      holder.hold();
      holders.push(holder);
      return holder;
    };
    const call = async (device: TestDevice): Promise<void> => {
      const setup = await device.api.prepareCall(idOf(device));
      if (setup.kind === 'problem') return;
      const holder = await hold(device, setup.value.callId);
      await device.api.startCall(holder.start(`caller ${setup.value.callId}`));
    };
    const answer = async (device: TestDevice): Promise<void> => {
      const callId = openOn(device)[0];
      if (callId === undefined) return;
      if ((await device.api.openCall(callId)).kind === 'problem') return;
      const holder = await hold(device, callId);
      await device.api.answerCall(holder.start(`answerer ${callId} ${holders.length}`));
    };
    const resume = async (device: TestDevice): Promise<void> => {
      const callId = openOn(device)[0];
      if (callId === undefined || (await device.api.rejoinCall(callId)).kind === 'problem') return;
      const holder = await hold(device, callId);
      await device.api.resumeCall(holder.start(`again ${callId} ${holders.length}`));
    };
    const openOn = (device: TestDevice): CallId[] =>
      device.disk.rows('SELECT call_id FROM call WHERE is_open = 1').map((row) => row.call_id as CallId);
    for (let step = 0; step < 60; step++) {
      const device = devices[random(devices.length)]!;
      const callId = openOn(device)[0];
      switch (random(9)) {
        case 0:
        case 1:
          void call(device).catch(ignored);
          break;
        case 2:
        case 3:
          void answer(device).catch(ignored);
          break;
        case 4:
          if (callId !== undefined) void device.api.endCall(callId).catch(ignored);
          break;
        case 5:
          if (callId !== undefined) void device.api.declineCall(callId).catch(ignored);
          break;
        case 6:
          void resume(device).catch(ignored);
          break;
        case 7:
          device.breakConnection();
          break;
        case 8:
          await device.restart();
          break;
      }
      await world.clock.pass([1, 7, 40, 400, 20_000, 50_000][random(6)]!);
    }
    for (const holder of holders) holder.drop();
    await world.clock.pass(120_000);
    for (const device of devices) {
      await device.online();
      device.disk.exec("DELETE FROM call WHERE json_extract(state, '$.phase') = 'prepared'");
      await isSettled(world, device);
    }
    const lines = await Promise.all(devices.map((device) => callLines(world, device)));
    expect(lines[0]!.length).toBeGreaterThan(0);
    for (const [at, one] of lines.entries()) {
      expect(one.map(({ outcome }) => outcome)).not.toContain('ringing');
      expect(one.map(({ outcome }) => outcome)).not.toContain('ongoing');
      expect(one.map(said), `device ${at}`).toEqual(lines[0]!.map(said));
    }
  });
});
