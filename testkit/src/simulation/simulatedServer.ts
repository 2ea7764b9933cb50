/**
 * The real delivery service on a database in memory, killed and started again (spec/simulator.md §Server).
 * Invariant: between two runs nothing survives but what was committed.
 */
import { DatabaseSync } from 'node:sqlite';
import type { SignInAnswer as ClientSignInAnswer } from '@sotto/client';
import type { DeviceId } from '@sotto/protocol';
import {
  DeliveryService,
  DiskBlobStore,
  type FaultHook,
  type Logger,
  prepareDatabase,
  SqliteStore,
  type Store,
  unlimitedRates,
} from '@sotto/server';
import type { Network } from './network.ts';
import type { SeededRandom } from './seededRandom.ts';
import { readRemovedDevices } from './serverRecords.ts';
import { createSimulatedProcess, type SimulatedProcess } from './simulatedProcess.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtualTime.ts';

export interface SimulatedServer {
  readonly running: boolean;
  /** Its process ends at once, without a word. */
  kill(): void;
  start(): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Sign-in method of the running server; `unreachable` while it is down. */
  signIn(method: string, payload: Uint8Array): Promise<ClientSignInAnswer>;
  /** Writes an account past sign-in; works while the server is down. */
  register(write: (store: Store) => Promise<unknown>): Promise<void>;
  setCrashChance(chance: number): void;
  /** Content of passing entries that all devices have, or whose time is over, goes. */
  letPassingGo(): Promise<void>;
  readonly database: DatabaseSync;
  /** As a device learns it when it signs in. */
  serverId(): Uint8Array;
  /** When each removed device was found to be out of its account: after that nothing of it may be taken. */
  readonly removedAtMs: ReadonlyMap<DeviceId, number>;
  /** Everything it logged. */
  log(): string;
  /** Uploads and downloads of the running server. */
  transfers(): DeliveryService['transfers'];
  /** Requests of sign-in and their answers. */
  readonly signInTraffic: readonly Uint8Array[];
  close(): void;
}

export interface SimulatedServerOptions {
  /** Registration and sign-in with passwords work; starting then takes time that is not virtual. */
  readonly passwords?: boolean;
  /** Blobs are files in this folder; left out: in memory, and gone with the process. */
  readonly blobFolder?: string;
}

let template: Uint8Array | null = null;

/** The empty database, made once per thread: with the schema, and settings that stand in for slow ones. */
function emptyDatabase(): DatabaseSync {
  if (template === null) {
    const first = new DatabaseSync(':memory:');
    prepareDatabase(first);
    const put = first.prepare('INSERT INTO setting (name, value) VALUES (?, ?)');
    put.run('server_id', new Uint8Array(16).fill(7));
    // Passwords are not part of simulations.
    put.run('opaque_setup', new TextEncoder().encode('none'));
    template = first.serialize();
    first.close();
  }
  const database = new DatabaseSync(':memory:');
  database.deserialize(template);
  prepareDatabase(database);
  return database;
}

export function createSimulatedServer(
  time: VirtualTime,
  network: Network,
  trace: Trace,
  random: SeededRandom,
  options: SimulatedServerOptions = {},
): SimulatedServer {
  const database = emptyDatabase();
  if (options.passwords === true) database.exec("DELETE FROM setting WHERE name = 'opaque_setup'");
  const logLines: string[] = [];
  const signInTraffic: Uint8Array[] = [];
  let run: { readonly process: SimulatedProcess; readonly service: DeliveryService } | null = null;
  let starting = false;
  let crashChance = 0;
  const removedAtMs = new Map<DeviceId, number>();
  const noteRemoved = () => {
    for (const deviceId of readRemovedDevices(database)) {
      if (removedAtMs.has(deviceId)) continue;
      removedAtMs.set(deviceId, time.now());
      trace.note('server', `has removed ${deviceId.slice(0, 8)}`);
    }
  };

  const write =
    (level: string) =>
    (event: string, fields: object = {}) => {
      const line = `${level} ${event} ${JSON.stringify(fields)}`;
      logLines.push(line);
      if (level !== 'debug') trace.note('server', line);
    };
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };

  function die(process: SimulatedProcess): void {
    if (!process.alive) return;
    process.kill();
    if (run?.process === process) run = null;
    network.listen(null);
    network.breakAll();
  }

  async function start(): Promise<void> {
    if (run !== null || starting) return;
    starting = true;
    if (database.isTransaction) database.exec('ROLLBACK');
    const process = createSimulatedProcess(time);
    const faults: FaultHook = (point) => {
      if (crashChance === 0 || !random.chance(crashChance)) return 'continue';
      trace.note('server', `crashes, commit ${point}`);
      // Everything it did before this commit has left it; the rest has not.
      die(process);
      process.kill();
      time.schedule(random.integer(0, 5000), () => void start());
      return 'crash';
    };
    const defer = (run: () => void) => void process.schedule(0, run);
    const store = new SqliteStore({ database, defer, logger, faults, ownsDatabase: false });
    const service = await DeliveryService.open({
      store,
      clock: { nowMs: () => Math.floor(time.now()), schedule: process.schedule, defer },
      random: { bytes: random.bytes },
      logger,
      rates: unlimitedRates,
      ...(options.blobFolder === undefined ? {} : { blobs: await DiskBlobStore.open(options.blobFolder) }),
    });
    starting = false;
    run = { process, service };
    network.listen((peer) => {
      const connected = service.connect({
        send: (frame) => {
          if (process.alive) peer.send(frame);
        },
        close: (code, reason) => {
          if (process.alive) peer.close(code, reason);
        },
        bufferedBytes: peer.bufferedBytes,
      });
      return {
        receive: (frame) => {
          if (process.alive) connected?.receive(frame);
        },
        closed: () => {
          if (process.alive) connected?.closed();
        },
      };
    });
    trace.note('server', 'started');
  }

  return {
    get running() {
      return run !== null;
    },
    kill() {
      if (run === null) return;
      trace.note('server', 'killed');
      die(run.process);
    },
    start,
    async stop() {
      const ending = run;
      if (ending === null) return;
      trace.note('server', 'stops in good order');
      run = null;
      network.listen(null);
      await ending.service.stop();
      die(ending.process);
    },
    async signIn(method, payload) {
      if (run === null) return { kind: 'unreachable' };
      signInTraffic.push(payload);
      const answer = await run.service.signIn(method, payload);
      if (answer.kind === 'answer') signInTraffic.push(answer.payload);
      noteRemoved();
      return answer;
    },
    async register(act) {
      const defer = (flush: () => void) => queueMicrotask(flush);
      const store = new SqliteStore({ database, defer, logger, ownsDatabase: false });
      await act(store);
      await store.close();
    },
    async letPassingGo() {
      await run?.service.letPassingGo();
    },
    setCrashChance(chance) {
      crashChance = chance;
    },
    database,
    serverId() {
      const row = database.prepare("SELECT value FROM setting WHERE name = 'server_id'").get();
      return row?.value as Uint8Array;
    },
    removedAtMs,
    transfers() {
      if (run === null) throw new Error('The server is down');
      return run.service.transfers;
    },
    signInTraffic,
    log: () => logLines.join('\n'),
    close: () => database.close(),
  };
}
