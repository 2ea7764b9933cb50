import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { startSlowForwarder } from './slowForwarder.ts';

async function open() {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

it('takes everything there, and what comes back as slowly as it is told, in order, losing what is too much', async () => {
  const [relay, client] = [await open(), await open()];
  const forwarder = await startSlowForwarder(relay.address().port, { bitsPerSecond: 80_000, queueMs: 250 });
  onTestFinished(() => forwarder.stop());
  const heard: number[] = [];
  client.on('message', (bytes) => heard.push(bytes[0]!));
  relay.once('message', (_bytes, { port }) => {
    // Each takes 100 ms: the fourth would wait for longer than anything may.
    for (let i = 0; i < 10; i++) relay.send(Buffer.alloc(1000, i), port, '127.0.0.1');
  });
  client.send('hello', forwarder.port, '127.0.0.1');
  await expect.poll(() => heard.length).toBeGreaterThan(2);
  await expect.poll(() => forwarder.counts().delivered + forwarder.counts().lost).toBe(10);
  await expect.poll(() => heard.length).toBe(forwarder.counts().delivered);
  expect(heard).toEqual([...heard].sort((a, b) => a - b));
  expect(forwarder.counts().lost).toBeGreaterThan(0);
});
