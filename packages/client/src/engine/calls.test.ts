/** Calls between devices and the real delivery service: the straight path (spec/calls.md). */
import { beforeEach, describe, expect, it } from 'vitest';
import { annaAndBenTalking } from '../testing/annaAndBen.ts';
import {
  answerCall,
  callLines,
  isSettled,
  rings,
  startCall,
  talk,
  watchCalls,
} from '../testing/callHolder.ts';
import type { TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let a: TestDevice;
let b: TestDevice;

beforeEach(async () => {
  ({ world, a, b } = await annaAndBenTalking());
});

describe('a call', () => {
  it('rings, is answered, has the same keys and code on both sides, and leaves one line', async () => {
    const caller = await startCall(world, a);
    const { callId } = await rings(world, b);
    expect(callId).toBe(caller.callId);
    const callee = await answerCall(world, b, callId);
    await talk(world, caller, callee);
    expect(caller.signals.code).toMatch(/^[0-9]{6}$/);
    expect(callee.signals.code).toBe(caller.signals.code);
    const own = await caller.keys();
    expect(own.map(({ use, keyId }) => [use, keyId])).toEqual([
      [0, 0n],
      [1, 1n],
    ]);
    const turned = own.map((key) => ({ ...key, use: 1 - key.use })).reverse();
    expect(await callee.keys()).toEqual(turned);
    expect(caller.signals.updates).toMatchObject([{ join: 0, description: { type: 'answer' } }]);
    await world.clock.pass(65_000);
    void b.api.endCall(callId);
    await world.until(() => caller.signals.ended !== null, 'it is over');
    expect(caller.signals.ended).toEqual({ kind: 'answered' });
    for (const device of [a, b]) {
      await isSettled(world, device);
      expect(watchCalls(device).calls()).toEqual([]);
      const lines = await callLines(world, device);
      expect(lines).toMatchObject([
        { callId, outcome: 'answered', isMissed: false, isIncoming: device === b },
      ]);
      expect(lines[0]!.durationMs).toBeGreaterThan(60_000);
      expect(device.conversations[0]!.unreadCount).toBe(device === b ? 1 : 0);
    }
  });
});
