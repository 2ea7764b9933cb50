import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { attributes, classes, methods } from '../stun/constants.ts';
import { encodeStun } from '../stun/encodeStun.ts';
import { StunMessage } from '../stun/stunMessage.ts';
import { TestClient } from '../testing/testClient.ts';
import { startTestRelay, type TestRelay, type TestRelayOptions } from '../testing/testRelay.ts';
import { channelData, readAddress } from '../testing/turnMessages.ts';
import { openUdpClient } from '../testing/udpClient.ts';
import { MessageSplitter } from './messageSplitter.ts';
import { startRelay } from './relay.ts';

const waiting = { timeout: 30_000 };
const tag = Buffer.alloc(16, 1);
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function start(options: TestRelayOptions = {}): Promise<TestRelay> {
  const relay = await startTestRelay(options);
  ending.push(() => relay.stop());
  return relay;
}

function credentialsOf(relay: TestRelay, ownerId: string) {
  return relay.iceServers(tag, { ownerId })[0]!;
}

async function udp(relay: TestRelay, ownerId: string, host = '127.0.0.1') {
  const client = await openUdpClient({ host, port: relay.port }, credentialsOf(relay, ownerId));
  ending.push(() => client.close());
  const received: Buffer[] = [];
  client.socket.on('message', (bytes) => {
    if (bytes[0]! >= 0x40) received.push(bytes);
  });
  return { ...client, received };
}

async function tcp(relay: TestRelay, ownerId: string, host = '127.0.0.1') {
  const socket = connect({ host, port: relay.port, noDelay: true });
  ending.push(() => socket.destroy());
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  const received: Buffer[] = [];
  const answers: Buffer[] = [];
  const splitter = new MessageSplitter();
  socket.on('data', (chunk: Buffer) => {
    const isSound = splitter.push(chunk, (message) => {
      (message[0]! >= 0x40 ? received : answers).push(Buffer.from(message));
    });
    if (!isSound) throw new Error('The relay sent what is no message');
  });
  const turn = new TestClient(
    async (request) => {
      socket.write(request);
      await expect.poll(() => answers.length, waiting).toBe(1);
      return answers.pop()!;
    },
    credentialsOf(relay, ownerId),
  );
  return { turn, socket, received, send: (bytes: Buffer) => socket.write(bytes) };
}

type Client = Awaited<ReturnType<typeof udp>> | Awaited<ReturnType<typeof tcp>>;

async function bindBoth(ann: Client, bob: Client) {
  const [annAt, bobAt] = [await ann.turn.allocate(), await bob.turn.allocate()];
  expect(await ann.turn.bind(0x4000, bobAt)).toBe(0);
  expect(await bob.turn.bind(0x4001, annAt)).toBe(0);
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.destroyed ? resolve() : socket.once('close', () => resolve())));
}

describe('the relay on its sockets', () => {
  it.each([
    ['UDP', udp, udp, '127.0.0.1'],
    ['UDP over IPv6', udp, udp, '::1'],
    ['TCP', tcp, tcp, '127.0.0.1'],
    ['TCP over IPv6', tcp, tcp, '::1'],
    ['UDP and TCP', udp, tcp, '127.0.0.1'],
  ] as const)('forwards between two clients by %s', async (_name, one, other, host) => {
    if (host === '::1' && !hasIpv6) return console.warn('No IPv6 here: left out');
    const relay = await start();
    const ann = await one(relay, 'ann', host);
    const bob = await other(relay, 'bob', host);
    await bindBoth(ann, bob);
    const data = [randomBytes(1001), randomBytes(1), randomBytes(1200)];
    // On a stream, messages fill up to four bytes.
    const filled = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
    for (const each of data) {
      ann.send(filled(channelData(0x4000, each)));
      bob.send(filled(channelData(0x4001, each)));
    }
    await expect.poll(() => [ann.received.length, bob.received.length], waiting).toEqual([3, 3]);
    const withoutFill = (bytes: Buffer) => bytes.subarray(0, 4 + bytes.readUInt16BE(2));
    expect(bob.received.map(withoutFill)).toEqual(data.map((each) => channelData(0x4001, each)));
    expect(ann.received.map(withoutFill)).toEqual(data.map((each) => channelData(0x4000, each)));
  });

  it('takes messages of a stream however they are cut, and ends one that is no stream of messages', async () => {
    const relay = await start();
    const ann = await tcp(relay, 'ann');
    const bob = await udp(relay, 'bob');
    await bindBoth(ann, bob);
    const bytes = Buffer.concat([channelData(0x4000, randomBytes(8)), channelData(0x4000, randomBytes(400))]);
    for (const byte of bytes) ann.socket.write(Buffer.of(byte));
    await expect.poll(() => bob.received.length, waiting).toBe(2);
    expect(relay.counters.allocations).toBe(2);
    ann.socket.write('GET / HTTP/1.1\r\n\r\n');
    await closed(ann.socket);
    await expect.poll(() => relay.counters.allocations, waiting).toBe(1);
  });

  it('tells a client by IPv6 where it is seen', async () => {
    if (!hasIpv6) return console.warn('No IPv6 here: left out');
    const relay = await start();
    const client = await udp(relay, 'ann', '::1');
    const transactionId = randomBytes(12);
    const request = encodeStun({
      method: methods.binding,
      class: classes.request,
      transactionId,
      attributes: [],
    });
    const answer = new Promise<Buffer>((resolve) => client.socket.once('message', resolve));
    client.send(request);
    const value = StunMessage.decode(await answer)?.find(attributes.xorMappedAddress);
    expect(value).toHaveLength(20);
    expect(readAddress(value!).port).toBe(client.socket.address().port);
  });

  it('drops what a TCP client does not read, and lets the others go on', async () => {
    const relay = await start({ limits: { bytesPerSecond: 1e9 } });
    const ann = await udp(relay, 'ann');
    const bob = await tcp(relay, 'bob');
    await bindBoth(ann, bob);
    bob.socket.pause();
    const packet = channelData(0x4000, randomBytes(1200));
    await expect
      .poll(() => {
        for (let i = 0; i < 200; i++) ann.send(packet);
        return relay.counters.droppedBacklog;
      }, waiting)
      .toBeGreaterThan(0);
    const cyd = await udp(relay, 'cyd');
    await cyd.turn.allocate();
    bob.socket.resume();
    await expect.poll(() => bob.received.length, waiting).toBeGreaterThan(400);
  });

  it('takes only so many connections of one source', async () => {
    const relay = await start({ limits: { connectionsPerSource: 3 } });
    const kept = [await tcp(relay, 'ann'), await tcp(relay, 'ann'), await tcp(relay, 'ann')];
    await expect.poll(() => relay.counters.tcpConnections, waiting).toBe(3);
    await closed((await tcp(relay, 'ann')).socket);
    kept[0]!.socket.destroy();
    await expect.poll(() => relay.counters.tcpConnections, waiting).toBe(2);
    await (await tcp(relay, 'ann')).turn.allocate();
  });

  it('is refused a port that is in use', async () => {
    const relay = await start();
    const options = { secret: 'secret', nonceKey: randomBytes(32), addresses: ['127.0.0.1'] };
    expect(await startRelay({ ...options, port: relay.port })).toEqual({
      kind: 'refused',
      code: 'EADDRINUSE',
    });
  });

  it('goes on by TCP where UDP is not to be had', async () => {
    const relay = await start();
    for (;;) {
      const { port } = (await udp(relay, 'ann')).socket.address();
      const options = { secret: 'secret', nonceKey: randomBytes(32), addresses: ['127.0.0.1'], port };
      const outcome = await startRelay(options);
      // Somebody else's TCP port has this number: another one.
      if (outcome.kind === 'refused') continue;
      ending.push(() => outcome.relay.stop());
      expect(outcome.relay).toMatchObject({ port, hasUdp: false, hasTcp: true });
      return;
    }
  });
});
