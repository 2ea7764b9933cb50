/** For tests: a port of UDP before a relay's, whose answers come by a slow line (`slowLine.ts`), one for each client. */
import { createSocket, type Socket } from 'node:dgram';
import { type LineConditions, SlowLine } from './slowLine.ts';

export interface SlowForwarder {
  readonly port: number;
  /** Over all clients: packets that came through and that got lost, and what the longest queue is now. */
  counts(): { readonly delivered: number; readonly lost: number; readonly delayMs: number };
  set(conditions: LineConditions): void;
  stop(): void;
}

const tickMs = 2;
const host = '127.0.0.1';

/** Between clients on this machine and the relay at `port`. */
export async function startSlowForwarder(port: number, conditions: LineConditions): Promise<SlowForwarder> {
  let present = conditions;
  const near = await open();
  const clients = new Map<number, { far: Promise<Socket>; line: SlowLine }>();
  const clientOf = (from: number) => {
    let client = clients.get(from);
    if (client === undefined) {
      const line = new SlowLine(present);
      const far = open().then((socket) =>
        socket.on('message', (bytes) => line.push(bytes, performance.now())),
      );
      client = { far, line };
      clients.set(from, client);
    }
    return client;
  };
  near.on('message', async (bytes, { port: from }) => (await clientOf(from).far).send(bytes, port, host));
  const ticking = setInterval(() => {
    for (const [to, { line }] of clients)
      for (const bytes of line.take(performance.now())) near.send(bytes, to, host);
  }, tickMs);
  return {
    port: near.address().port,
    counts() {
      const lines = [...clients.values()].map(({ line }) => line);
      const sum = (of: (line: SlowLine) => number) => lines.reduce((total, line) => total + of(line), 0);
      const delays = lines.map((line) => line.delayMs(performance.now()));
      return {
        delivered: sum(({ delivered }) => delivered),
        lost: sum(({ lost }) => lost),
        delayMs: Math.max(0, ...delays),
      };
    },
    set(next) {
      present = next;
      for (const { line } of clients.values()) line.set(next);
    },
    stop() {
      clearInterval(ticking);
      near.close();
      for (const { far } of clients.values()) void far.then((socket) => socket.close());
    },
  };
}

async function open(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  return socket;
}
