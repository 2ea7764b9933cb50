import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { LinkEvent } from '../control/relayLink.ts';
import { keepRemoteRelay } from '../control/remoteRelay.ts';
import { readStandaloneConfig } from './standaloneConfig.ts';

const secret = 'what relay and server share: 32 characters';
const waiting = { timeout: 45_000 };
const main = fileURLToPath(new URL('./standaloneMain.ts', import.meta.url));
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function start(listen = '127.0.0.1:0') {
  const env = {
    SOTTO_RELAY_SECRET: secret,
    SOTTO_RELAY_LISTEN: listen,
    SOTTO_HOST: '127.0.0.1',
    SOTTO_CALLS_PORT: '0',
  };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  ending.push(() => child.kill('SIGKILL'));
  const [said] = (await once(child.stdout!, 'data')) as [Buffer];
  const [, port] = /servers on 127\.0\.0\.1:(\d+)/.exec(said.toString()) ?? [];
  return { child, port: Number(port) };
}

const seat = { roomId: 'room', joinId: '01'.repeat(8) };

/** A server's hold of it. */
function keep(port: number) {
  const told: LinkEvent['kind'][] = [];
  const relay = keepRemoteRelay({ url: `ws://127.0.0.1:${port}`, secret, told() {} });
  ending.push(() => relay.stop());
  relay.link.listen(({ kind }) => told.push(kind));
  return { link: relay.link, told };
}

describe('a relay on a machine of its own', () => {
  it('takes rooms of a server with its secret, and when it is killed and comes again they are lost', async () => {
    const { child, port } = await start();
    const { link, told } = keep(port);
    await expect.poll(() => link.isAvailable, waiting).toBe(true);
    link.createRoom('room');
    const { ticket } = link.openSeat(seat)!;
    expect((await link.ask(ticket, Buffer.from('nonsense'), []))?.length).toBeGreaterThan(0);
    await expect.poll(() => link.counters.seats, waiting).toBe(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => told, waiting).toContain('roomLost');
    await start(`127.0.0.1:${port}`);
    await expect.poll(() => link.isAvailable, waiting).toBe(true);
    expect(told.filter((kind) => kind === 'roomLost')).toHaveLength(1);
  });

  it('that is there and does nothing has lost its rooms; and is good for others once it goes on', async () => {
    const { child, port } = await start();
    const { link, told } = keep(port);
    await expect.poll(() => link.isAvailable, waiting).toBe(true);
    link.createRoom('room');
    link.openSeat(seat);
    await expect.poll(() => link.counters.seats, waiting).toBe(1);
    child.kill('SIGSTOP');
    await expect.poll(() => told, waiting).toContain('roomLost');
    expect(link.isAvailable).toBe(false);
    child.kill('SIGCONT');
    await expect.poll(() => link.isAvailable, waiting).toBe(true);
    await expect.poll(() => link.counters.seats, waiting).toBe(0);
  }, 180_000);

  it('says so before it ends', async () => {
    const { child, port } = await start();
    const { link, told } = keep(port);
    await expect.poll(() => link.isAvailable, waiting).toBe(true);
    link.createRoom('room');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await expect.poll(() => told, waiting).toContain('roomLost');
    expect((await ended)[0]).toBe(0);
  });

  it('says what is wrong with its settings', () => {
    const valid = { SOTTO_RELAY_SECRET: secret };
    expect(readStandaloneConfig(valid)).toMatchObject({
      config: {
        listen: { host: '127.0.0.1', port: 3480 },
        port: 3478,
        addresses: ['0.0.0.0', '::'],
        announced: [],
      },
    });
    const more = { ...valid, SOTTO_CALLS_HOST: 'one.example.org 192.0.2.7', SOTTO_RELAY_LISTEN: '[::]:99' };
    expect(readStandaloneConfig(more)).toMatchObject({
      config: { announced: ['one.example.org', '192.0.2.7'], listen: { host: '::', port: 99 } },
    });
    for (const [name, value] of [
      ['SOTTO_RELAY_SECRET', 'short'],
      ['SOTTO_RELAY_LISTEN', '3480'],
      ['SOTTO_RELAY_LISTEN', '10.0.0.2:70000'],
      ['SOTTO_HOST', 'relay.example.org'],
      ['SOTTO_CALLS_PORT', '66000'],
      ['SOTTO_CALLS_HOST', 'https://relay.example.org'],
      ['SOTTO_CALLS_RATE', 'much'],
      ['SOTTO_PORT', '8080'],
    ] as const)
      expect(readStandaloneConfig({ ...valid, [name]: value })).toMatchObject({
        kind: 'invalid',
        sentence: expect.stringContaining(name),
      });
  });
});
