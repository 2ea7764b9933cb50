import { describe, expect, it } from 'vitest';
import type { ClientPath } from '../turn/allocation.ts';
import { BadNetwork, type NetworkConditions } from './badNetwork.ts';
import { TestPath } from './testTurn.ts';

function through(conditions: Partial<NetworkConditions>, random?: () => number) {
  const received: number[] = [];
  const gone: ClientPath[] = [];
  const relay = {
    receive: (_path: ClientPath, bytes: Buffer) => received.push(bytes.readUInt16BE(0)),
    disconnected: (path: ClientPath) => gone.push(path),
  };
  const network = new BadNetwork(relay, conditions, random);
  const path = new TestPath('192.0.2.1', 4000);
  const send = (count: number) => {
    for (let i = 0; i < count; i++) network.receive(path, Buffer.of(i >> 8, i & 0xff));
  };
  return { network, path, received, gone, send };
}

const all = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a bad network before the relay', () => {
  it('loses its share of the packets', () => {
    let state = 1;
    const { received, send } = through({ loss: 0.3 }, () => {
      state = (state * 16_807) % 2_147_483_647;
      return state / 2_147_483_647;
    });
    send(2000);
    expect(received.length / 2000).toBeGreaterThan(0.65);
    expect(received.length / 2000).toBeLessThan(0.75);
  });

  it('lets packets overtake each other, and loses none of them', async () => {
    const { received, send } = through({ jitterMs: 30 });
    send(100);
    expect(received).toEqual([]);
    await expect.poll(() => received.length, { timeout: 30_000 }).toBe(100);
    expect(received).not.toEqual(all(100));
    expect(received.toSorted((a, b) => a - b)).toEqual(all(100));
  });

  it('lets nothing pass while it is cut, and everything afterwards; an end it always tells', () => {
    const { network, path, received, gone, send } = through({ isCut: true });
    send(10);
    expect(received).toEqual([]);
    network.set({});
    send(10);
    expect(received).toEqual(all(10));
    network.disconnected(path);
    expect(gone).toEqual([path]);
  });
});
