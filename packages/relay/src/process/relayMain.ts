/**
 * The relay as a process of its own: what it forwards keeps no request of the server waiting, and what it reads from
 * strangers is not read where accounts are. It ends with the server.
 */
import { randomBytes } from 'node:crypto';
import { type Relay, startRelay } from '../net/relay.ts';
import type { ParentMessage, RelayMessage, StartMessage } from './messages.ts';
import { serveRooms } from './serveRooms.ts';

const reportEveryMs = 1000;
/** In case that something of it does not end: the server kills it later. */
const stoppedAfterMs = 1000;

/** Ends what there is: nothing yet. */
let stop = async (): Promise<void> => {};

process.once('message', async (message: StartMessage) => {
  const { secret, addresses, port, bytesPerSecond } = message;
  const outcome = await startRelay({
    secret,
    nonceKey: randomBytes(32),
    addresses,
    port,
    limits: { bytesPerSecond },
  });
  if (outcome.kind === 'refused') {
    process.send?.({ kind: 'refused', code: outcome.code } satisfies RelayMessage, () => process.exit(1));
    return;
  }
  const { relay } = outcome;
  const rooms = serveRooms(relay, { secret });
  const { instance, controls } = rooms;
  stop = async () => {
    rooms.stop();
    await relay.stop();
  };
  const server = controls.attach('server', (frame) => tell({ kind: 'control', frame }));
  process.on('message', (next: ParentMessage) => {
    if (next.kind === 'control') server.receive(next.frame);
  });
  tell({ kind: 'listening', instance, port: relay.port, hasUdp: relay.hasUdp, hasTcp: relay.hasTcp });
  setInterval(() => report(relay), reportEveryMs);
});
process.once('disconnect', async () => {
  setTimeout(() => process.exit(0), stoppedAfterMs);
  await stop();
  process.exit(0);
});
// The server decides when the relay ends: a signal from a terminal reaches both at once.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

function report({ counters }: Relay): void {
  const { user, system } = process.cpuUsage();
  tell({ kind: 'counters', counters: { ...counters, cpuMs: Math.round((user + system) / 1000) } });
}

function tell(message: RelayMessage): void {
  // The server may be gone by now: `disconnect` says so.
  if (process.connected) process.send?.(message, () => {});
}
