import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestRelay } from '../testing/testRelay.ts';
import { channelData } from '../testing/turnMessages.ts';
import { openUdpClient } from '../testing/udpClient.ts';
import { createCredentials } from '../turn/credentials.ts';
import { type RelayEvent, startRelayProcess } from './relayProcess.ts';

const secret = 'what relay and server share';
const waiting = { timeout: 45_000 };
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

function start(port = 0) {
  const events: RelayEvent[] = [];
  const options = { secret, addresses: ['127.0.0.1'], port, bytesPerSecond: 1_000_000 };
  const relay = startRelayProcess({ ...options, told: (event) => events.push(event) });
  ending.push(() => relay.stop());
  return { relay, events };
}

/** Starts a relay and says where. */
const serverScript = `
  import { startRelayProcess } from '${new URL('./relayProcess.ts', import.meta.url).href}';
  const options = { secret: 'secret', addresses: ['127.0.0.1'], port: 0, bytesPerSecond: 1000, told() {} };
  const relay = startRelayProcess(options);
  await relay.settled;
  console.log(relay.listening.port);
`;

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone, as it should be.
  }
}

async function open(port: number, ownerId: string) {
  const expiresAtMs = Date.now() + 3_600_000;
  const credentials = createCredentials(secret, { ownerId, relayTag: Buffer.alloc(16), expiresAtMs });
  const client = await openUdpClient({ host: '127.0.0.1', port }, credentials);
  ending.push(() => client.close());
  return client;
}

describe('the process of the relay', () => {
  it('relays, and reports what it counted', async () => {
    const { relay } = start();
    await relay.settled;
    expect(relay.listening).toMatchObject({ hasUdp: true, hasTcp: true });
    const { port } = relay.listening!;
    const [ann, bob] = [await open(port, 'ann'), await open(port, 'bob')];
    const [annAt, bobAt] = [await ann.turn.allocate(), await bob.turn.allocate()];
    await ann.turn.bind(0x4000, bobAt);
    await bob.turn.bind(0x4000, annAt);
    const packet = channelData(0x4000, randomBytes(100));
    const arrived = new Promise((resolve) => bob.socket.once('message', resolve));
    ann.send(packet);
    expect(await arrived).toEqual(packet);
    await expect
      .poll(() => relay.counters, waiting)
      .toMatchObject({ forwardedPackets: 1, forwardedBytes: 100, allocations: 2, allocated: 2 });
    expect(relay.counters.cpuMs).toBeGreaterThan(0);
  });

  it('comes again on the same port when it dies, takes the same credentials, and goes on counting', async () => {
    const { relay, events } = start();
    await relay.settled;
    const { port } = relay.listening!;
    const ann = await open(port, 'ann');
    await ann.turn.allocate();
    await expect.poll(() => relay.counters.allocated, waiting).toBe(1);
    process.kill(relay.pid!, 'SIGKILL');
    const kinds = () => events.map(({ kind }) => kind);
    await expect.poll(kinds, waiting).toEqual(['listening', 'ended', 'listening']);
    expect(relay).toMatchObject({ restarts: 1, listening: { port } });
    await ann.turn.allocate();
    await expect.poll(() => relay.counters, waiting).toMatchObject({ allocated: 2, allocations: 1 });
  });

  it('is killed and comes again when it is there and does nothing', async () => {
    const { relay, events } = start();
    await relay.settled;
    const { pid } = relay;
    process.kill(pid!, 'SIGSTOP');
    ending.push(() => killIfThere(pid!));
    await expect
      .poll(() => events.map(({ kind }) => kind), waiting)
      .toEqual(['listening', 'ended', 'listening']);
    expect(events[1]).toMatchObject({ isHung: true });
    expect(() => process.kill(pid!, 0)).toThrow('ESRCH');
    await (await open(relay.listening!.port, 'ann')).turn.allocate();
  }, 120_000);

  it('says that its port is in use, and takes it as soon as it is free', async () => {
    const other = await startTestRelay({ addresses: ['127.0.0.1'] });
    const { relay, events } = start(other.port);
    await relay.settled;
    expect(events[0]).toEqual({ kind: 'refused', code: 'EADDRINUSE' });
    expect(relay.listening).toBeNull();
    await other.stop();
    await expect.poll(() => relay.listening, waiting).toMatchObject({ port: other.port });
  });

  it('ends when the server is killed', async () => {
    const server = spawn(process.execPath, ['--input-type=module', '--eval', serverScript], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    ending.push(() => server.kill('SIGKILL'));
    const [said] = (await once(server.stdout!, 'data')) as [Buffer];
    const port = Number(said.toString());
    expect(await isTaken(port)).toBe(true);
    server.kill('SIGKILL');
    await expect.poll(() => isTaken(port), waiting).toBe(false);
  });

  it('ends when it is stopped, at whatever moment', async () => {
    const { relay } = start();
    await relay.stop();
    expect(relay.pid).toBeNull();
    await relay.settled;
    const again = start().relay;
    await again.settled;
    const pid = again.pid!;
    await again.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await again.stop();
  });
});
