/** What relaying a packet costs beside the least that it can cost, for the bench suite of calls. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startRelayProcess } from '../process/relayProcess.ts';
import { createCredentials } from '../turn/credentials.ts';
import { channelData } from './turnMessages.ts';
import { openUdpClient } from './udpClient.ts';

export interface Forwarding {
  /** Packets of 1,000 bytes in a second of processor time. */
  readonly relayed: number;
  /** The same by a process that only receives and sends. */
  readonly bare: number;
  /** `relayed` to `bare`. */
  readonly ratio: number;
}

/** What a forwarding process said that it did. */
interface Reading {
  readonly packets: number;
  readonly cpuMs: number;
}

/** As from a talking device, but for their number. */
const packetSizeBytes = 1000;
/** On their way at once. */
const windowPackets = 64;
/** Until the compiler is done. */
const warmUpReadings = 2;

export interface ForwardingOptions {
  readonly readings: number;
  /** Told the id of each process that forwards, before it is measured. */
  readonly began?: (processId: number) => void;
}

/** Some `2 * (readings + 3)` seconds. Rejects where a process that forwards ends before that. */
export async function measureForwarding(options: ForwardingOptions): Promise<Forwarding> {
  const relayed = await measureRelay(options);
  const bare = await measureBare(options);
  return { relayed, bare, ratio: relayed / bare };
}

async function measureRelay({ readings, began }: ForwardingOptions): Promise<number> {
  const secret = randomBytes(16).toString('hex');
  const death = new AbortController();
  const relay = startRelayProcess({
    secret,
    addresses: ['127.0.0.1'],
    port: 0,
    bytesPerSecond: 1e12,
    told: ({ kind }) => {
      if (kind === 'ended') death.abort(new Error('The relay ended'));
    },
  });
  const cleanUp: (() => void)[] = [];
  try {
    await relay.settled;
    if (relay.listening === null) throw new Error('The relay does not listen');
    const place = { host: '127.0.0.1', port: relay.listening.port };
    const options = { relayTag: randomBytes(16), expiresAtMs: Date.now() + 3_600_000 };
    const from = await openUdpClient(place, createCredentials(secret, { ...options, ownerId: 'ann' }));
    cleanUp.push(() => from.close());
    const to = await openUdpClient(place, createCredentials(secret, { ...options, ownerId: 'bob' }));
    cleanUp.push(() => to.close());
    const [fromAddress, toAddress] = [await from.turn.allocate(), await to.turn.allocate()];
    await from.turn.bind(0x4000, toAddress);
    await to.turn.bind(0x4000, fromAddress);
    const packet = channelData(0x4000, randomBytes(packetSizeBytes));
    const stop = keepSending(
      () => from.send(packet),
      (received) => to.socket.on('message', received),
    );
    cleanUp.unshift(stop);
    began?.(relay.pid ?? 0);
    const read = () => {
      const { forwardedPackets, cpuMs } = relay.counters;
      return { packets: forwardedPackets, cpuMs };
    };
    return await perCpuSecond(read, readings, death.signal);
  } finally {
    for (const task of cleanUp) task();
    await relay.stop();
  }
}

async function measureBare({ readings, began }: ForwardingOptions): Promise<number> {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: 4 << 20,
    lookup: (host, _options, callback) => callback(null, host, 4),
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const main = fileURLToPath(new URL('./bareForward.ts', import.meta.url));
  const child = fork(main, [String(socket.address().port)], { execArgv: [] });
  const death = new AbortController();
  const exited = once(child, 'exit');
  child.once('exit', () => death.abort(new Error('What forwards ended')));
  let stop = () => {};
  try {
    const [{ port }] = (await once(child, 'message', { signal: death.signal })) as [{ port: number }];
    let reading: Reading = { packets: 0, cpuMs: 0 };
    child.on('message', ({ forwarded, cpuMs }: { forwarded: number; cpuMs: number }) => {
      reading = { packets: forwarded, cpuMs };
    });
    const packet = Buffer.concat([Buffer.alloc(4), randomBytes(packetSizeBytes)]);
    stop = keepSending(
      () => socket.send(packet, port, '127.0.0.1'),
      (received) => socket.on('message', received),
    );
    began?.(child.pid ?? 0);
    return await perCpuSecond(() => reading, readings, death.signal);
  } finally {
    stop();
    if (child.connected) child.disconnect();
    await exited;
    socket.close();
  }
}

/** Keeps a window of packets on their way; should some be lost, a timer fills it again. */
function keepSending(send: () => void, onReceived: (received: () => void) => void): () => void {
  let isStopped = false;
  let sinceLast = 0;
  const fill = () => {
    for (let i = 0; i < windowPackets; i++) send();
  };
  onReceived(() => {
    sinceLast += 1;
    if (!isStopped) send();
  });
  const timer = setInterval(() => {
    if (sinceLast === 0) fill();
    sinceLast = 0;
  }, 20);
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}

/** Between the last of the first readings and the last of `readings` more. Rejects with why the signal is aborted. */
async function perCpuSecond(read: () => Reading, readings: number, death: AbortSignal): Promise<number> {
  const first = await nextReading(read, warmUpReadings, death);
  const last = await nextReading(read, readings, death);
  return ((last.packets - first.packets) / (last.cpuMs - first.cpuMs)) * 1000;
}

async function nextReading(read: () => Reading, count: number, death: AbortSignal): Promise<Reading> {
  let reading = read();
  for (let seen = 0; seen < count; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    death.throwIfAborted();
    const newer = read();
    if (newer.packets !== reading.packets) seen += 1;
    reading = newer;
  }
  return reading;
}
