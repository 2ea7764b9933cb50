/**
 * For the blindness test: a server that takes passwords, with its blobs in a folder, and engines without a device yet.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, openEngine } from '@sotto/client';
import { suiteIds } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import type { Exposed } from '../checkers/checkBlindness.ts';
import { createClientDisk } from './clientDisk.ts';
import { createNetwork } from './network.ts';
import { observeProvider } from './observedProvider.ts';
import { quietNetwork } from './plan.ts';
import { createSeededRandom } from './seededRandom.ts';
import { createSimulatedFiles } from './simulatedFiles.ts';
import { createSimulatedProcess } from './simulatedProcess.ts';
import { createSimulatedServer } from './simulatedServer.ts';
import { createTrace } from './trace.ts';
import { createVirtualTime } from './virtualTime.ts';

const encoder = new TextEncoder();
const startMs = Date.UTC(2026, 10, 23);

export async function createBlindPlace(blobFolder: string) {
  const time = createVirtualTime(startMs, 1_000_000);
  const trace = createTrace({ now: time.now, startMs, capacity: 100 });
  const random = createSeededRandom(4);
  const network = createNetwork(time, trace, quietNetwork);
  const options = { passwords: true, blobFolder };
  const server = createSimulatedServer(time, network, trace, random.fork('server'), options);
  const { provider, secrets } = observeProvider(await loadNodeProvider(), random.fork('provider'));
  const files = createSimulatedFiles(server);

  /** Lets virtual time run until `work` is done; what takes real time (WASM, stretching, files) goes on meanwhile. */
  async function inTime<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const watched = work.finally(() => {
      done = true;
    });
    while (!done) await time.runUntil(time.now() + 1);
    return watched;
  }
  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; i < 1000; i++) {
      if (await holds()) return;
      await time.runUntil(time.now() + 100);
    }
    throw new Error(`It does not come to be\n${trace.tail(50).join('\n')}`);
  }
  const openOne = (name: string): Promise<Engine> => {
    const process = createSimulatedProcess(time);
    const link = network.link(name, random.fork(name));
    const disk = createClientDisk();
    const behaviour = { nextFault: () => 'none' as const, commitDelayMs: () => 0, crashed: () => {} };
    return inTime(
      openEngine({
        clock: { now: time.now, schedule: process.schedule },
        provider,
        databases: disk.mount(process, behaviour),
        tuning: { suite: suiteIds.hybridChaCha20, keyPackages: 3 },
        transport: { connect: (events) => link.connect(process, events), signIn: server.signIn },
        media: { files: files.local(), blobs: files.transport },
      }),
    );
  };
  await inTime(server.start());

  /** Everything that the server has, had, or was sent. */
  const exposed = (): Exposed[] => [
    { name: 'database', bytes: server.database.serialize() },
    { name: 'log', bytes: encoder.encode(server.log()) },
    ...network.frames.map((bytes) => ({ name: 'frame', bytes })),
    ...server.signInTraffic.map((bytes) => ({ name: 'sign-in', bytes })),
    ...files.parts.map((bytes) => ({ name: 'part of an upload', bytes })),
    ...storedFiles(blobFolder),
  ];
  return { server, network, provider, secrets, files, inTime, until, openOne, exposed };
}

/** Names of the files in `folder`, and what is in them. */
function storedFiles(folder: string): Exposed[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry): Exposed[] => {
    const path = join(entry.parentPath, entry.name);
    const name = { name: 'name of a blob', bytes: encoder.encode(entry.name) };
    return entry.isFile() ? [name, { name: 'blob', bytes: readFileSync(path) }] : [name];
  });
}
