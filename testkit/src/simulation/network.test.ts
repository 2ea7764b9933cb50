import { describe, expect, it } from 'vitest';
import { createNetwork, type NetworkConditions, type ServerPeer } from './network.ts';
import { createSeededRandom } from './seededRandom.ts';
import { createSimulatedProcess } from './simulatedProcess.ts';
import { createTrace } from './trace.ts';
import { createVirtualTime } from './virtualTime.ts';

const perfect: NetworkConditions = {
  minDelayMs: 1,
  maxDelayMs: 100,
  breakChance: 0,
  loseFrameChance: 0,
  doubleFrameChance: 0,
  overtakeFrameChance: 0,
};

/** A device and a server that sends back each frame, and what both heard. */
function createPlace(conditions: NetworkConditions, seed = 1) {
  const time = createVirtualTime(0, 100_000);
  const trace = createTrace({ now: time.now, startMs: 0, capacity: 10 });
  const network = createNetwork(time, trace, conditions);
  const process = createSimulatedProcess(time);
  const heard: string[] = [];
  const atServer: number[] = [];
  let peer: ServerPeer | null = null;
  const listener = (next: ServerPeer) => {
    peer = next;
    return {
      receive(frame: Uint8Array) {
        atServer.push(frame[0]!);
        next.send(frame);
      },
      closed: () => void atServer.push(-1),
    };
  };
  network.listen(listener);
  const link = network.link('A1', createSeededRandom(seed));
  const connect = () =>
    link.connect(process, {
      open: () => void heard.push('open'),
      frame: (frame) => void heard.push(String(frame[0])),
      closed: (code) => void heard.push(`closed ${code}`),
    });
  return { time, network, process, link, connect, heard, atServer, listener, peer: () => peer! };
}

const frames = Array.from({ length: 40 }, (_, i) => i);

describe('simulated network', () => {
  it('carries frames in order, each once, both ways', async () => {
    const place = createPlace(perfect);
    const handle = place.connect();
    await place.time.runUntil(200);
    for (const i of frames) handle.send(new Uint8Array([i]));
    await place.time.runUntil(1000);
    expect(place.atServer).toEqual(frames);
    expect(place.heard).toEqual(['open', ...frames.map(String)]);
    expect(place.network.frames).toHaveLength(80);
  });

  it('loses what is under way when the connection breaks, and tells both ends once', async () => {
    const place = createPlace({ ...perfect, minDelayMs: 50 });
    const handle = place.connect();
    await place.time.runUntil(200);
    handle.send(new Uint8Array([1]));
    place.link.breakNow();
    await place.time.runUntil(5000);
    expect(place.atServer).toEqual([-1]);
    expect(place.heard).toEqual(['open', 'closed null']);
  });

  it('delivers what a server sent before it closed, and its close code', async () => {
    const place = createPlace(perfect);
    place.connect();
    await place.time.runUntil(200);
    place.peer().send(new Uint8Array([9]));
    place.peer().close(4001, 'enough');
    await place.time.runUntil(1000);
    expect(place.heard).toEqual(['open', '9', 'closed 4001']);
    expect(place.atServer).toEqual([-1]);
  });

  it('refuses connections while the server is down or the device offline', async () => {
    const place = createPlace(perfect);
    place.network.listen(null);
    place.connect();
    await place.time.runUntil(1000);
    place.network.listen(place.listener);
    place.link.setOnline(false);
    place.connect();
    await place.time.runUntil(2000);
    expect(place.heard).toEqual(['closed null', 'closed null']);
  });

  it('reaches a sleeping device when it wakes, and a dead one never', async () => {
    const place = createPlace(perfect);
    place.connect();
    await place.time.runUntil(200);
    place.process.sleep();
    for (const i of [1, 2, 3]) place.peer().send(new Uint8Array([i]));
    await place.time.runUntil(1000);
    expect(place.heard).toEqual(['open']);
    place.process.wake();
    await place.time.runUntil(1001);
    expect(place.heard).toEqual(['open', '1', '2', '3']);
    place.process.kill();
    place.peer().send(new Uint8Array([4]));
    await place.time.runUntil(3000);
    expect(place.heard).toHaveLength(4);
  });

  it('loses, doubles and lets frames overtake each other only where asked to', async () => {
    const heardWith = async (conditions: Partial<NetworkConditions>) => {
      const place = createPlace({ ...perfect, ...conditions }, 7);
      const handle = place.connect();
      await place.time.runUntil(200);
      for (const i of frames) handle.send(new Uint8Array([i]));
      await place.time.runUntil(9000);
      return place.atServer;
    };
    const lossy = await heardWith({ loseFrameChance: 0.3 });
    expect(lossy.length).toBeLessThan(frames.length);
    expect(lossy).toEqual([...lossy].sort((a, b) => a - b));
    const doubling = await heardWith({ doubleFrameChance: 0.3 });
    expect(doubling.length).toBeGreaterThan(frames.length);
    expect([...new Set(doubling)]).toEqual(frames);
    const overtaking = await heardWith({ overtakeFrameChance: 0.3 });
    expect(overtaking).not.toEqual([...overtaking].sort((a, b) => a - b));
  });
});
