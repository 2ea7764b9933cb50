/** A relay on a machine of its own (`npm run relay`, docs/operating.md): for the group calls of servers elsewhere. */
import { randomBytes } from 'node:crypto';
import { listenForServers } from '../control/controlListener.ts';
import { startRelay } from '../net/relay.ts';
import { createNamedAddresses } from './namedAddresses.ts';
import { serveRooms } from './serveRooms.ts';
import { readStandaloneConfig } from './standaloneConfig.ts';

const lookEveryMs = 60_000;
const lookAgainAfterMs = 5_000;

const read = readStandaloneConfig(process.env);
if (read.kind === 'invalid') fail(read.sentence);
const { secret, listen, addresses, port, announced, bytesPerSecond } = read.config;
const outcome = await startRelay({
  secret,
  nonceKey: randomBytes(32),
  addresses,
  port,
  limits: { bytesPerSecond },
});
if (outcome.kind === 'refused')
  fail(
    `Calls cannot come in on port ${port} (${outcome.code}). Free it, or set SOTTO_CALLS_PORT to another.`,
  );
const { relay } = outcome;
const named = createNamedAddresses(announced);
await keepLooking();
const rooms = serveRooms(relay, { secret, announced: named.addresses });
const servers = await listenForServers({ ...listen, secret, ...rooms }).catch((error: { code?: string }) =>
  fail(`Servers cannot come in on ${listen.host}:${listen.port} (${error.code}). Check SOTTO_RELAY_LISTEN.`),
);

let isStopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, async () => {
    if (isStopping) return;
    isStopping = true;
    rooms.stop();
    await servers.stop();
    await relay.stop();
    process.exit(0);
  });
}

process.stdout.write(
  `Relay is ready: calls on port ${relay.port}, servers on ${listen.host}:${servers.port}\n`,
);

async function keepLooking(): Promise<void> {
  const areFound = await named.look();
  setTimeout(keepLooking, areFound ? lookEveryMs : lookAgainAfterMs);
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
