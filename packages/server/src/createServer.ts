/** The composition root: database, service, HTTP and sockets, put together and taken down in order. */
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { RelayProcess } from '@sotto/relay';
import { inviteLink } from './account/invite.ts';
import { DiskBlobStore } from './blobs/diskBlobStore.ts';
import { createAnnouncedAddresses } from './calls/announcedAddresses.ts';
import { createCallServers } from './calls/callServers.ts';
import { createRelayCallEngine } from './calls/relayCallEngine.ts';
import { type CallRelays, startCallRelays } from './calls/startCallRelays.ts';
import type { Config } from './config.ts';
import { DeliveryService } from './deliveryService.ts';
import { createApp } from './http/createApp.ts';
import { listenForSockets } from './http/webSocket.ts';
import { listenForOperator } from './operator/operatorSocket.ts';
import type { Logger } from './ports.ts';
import { createWebPushSender, loadWebPushKeys } from './push/webPushSender.ts';
import type { Rates } from './rates.ts';
import { regularly } from './regularly.ts';
import { openDatabase } from './store/sqlite/openDatabase.ts';
import { SqliteStore } from './store/sqlite/sqliteStore.ts';
import { StoreUnavailable } from './store/store.ts';
import { silentLogger, systemClock, systemRandom } from './systemPorts.ts';

const collectEveryMs = 10 * 60_000;
/** Until the content of a passing entry goes that the last device has stored. */
const letGoEveryMs = 5_000;

export interface ServerOptions {
  readonly config: Config;
  readonly logger?: Logger;
  readonly version?: string;
  /** Other than the default only for measurements. */
  readonly rates?: Rates;
}

export interface RunningServer {
  /** Where it is reached, such as http://localhost:8080. */
  readonly address: string;
  /** The link to the first account, where there is none yet. */
  readonly inviteLink: string | null;
  readonly service: DeliveryService;
  /** Of calls, on this machine; none where the configuration wants none. */
  readonly relays: readonly RelayProcess[];
  /** Takes no more, commits what was begun, ends the connections. */
  stop(): Promise<void>;
}

export type ServerOutcome =
  | { readonly kind: 'running'; readonly server: RunningServer }
  /** `sentence` says what is wrong and what to do about it. */
  | { readonly kind: 'refused'; readonly sentence: string };

/** Starts a server; it listens when the promise resolves. */
export async function createServer(options: ServerOptions): Promise<ServerOutcome> {
  const { config, logger = silentLogger } = options;
  try {
    mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
  } catch {
    const sentence = `The data folder ${config.dataFolder} cannot be made. Set SOTTO_DATA to one that can be written.`;
    return { kind: 'refused', sentence };
  }
  const opened = openDatabase(join(config.dataFolder, 'sotto.db'));
  if (opened.kind === 'refused') return opened;
  const store = new SqliteStore({ database: opened.database, defer: systemClock.defer, logger });
  const openedService = await openService(options, store, logger);
  if (openedService === null) {
    await store.close();
    const sentence = `Nothing can be written to ${config.dataFolder}. Make room on its disk and start again.`;
    return { kind: 'refused', sentence };
  }
  const { service, calls } = openedService;
  const app = await createApp(service, config, logger, calls);
  const sockets = listenForSockets(app.server, service, config);
  let isSwept = false;
  const collect = async () => {
    // First of all what a crash left.
    if (!isSwept) await service.transfers.sweep();
    isSwept = true;
    await service.transfers.collect();
  };
  const regular = [
    regularly('blobs', collectEveryMs, collect, logger),
    regularly('passing entries', letGoEveryMs, () => service.letPassingGo(), logger),
  ];
  let operator: { close(): void } | null = null;
  const stop = async () => {
    operator?.close();
    for (const stopOne of regular) stopOne();
    sockets.close();
    await service.stop();
    await app.close();
    await calls.stop();
  };
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await stop();
    return { kind: 'refused', sentence: sentenceFor(error, config) };
  }
  await Promise.all(calls.processes.map(({ settled }) => settled));
  const { port } = app.server.address() as AddressInfo;
  const address = config.origin ?? `http://${shownHost(config.host)}:${port}`;
  operator = listenForOperator(service, { dataFolder: config.dataFolder, address, logger });
  const token = await service.operatorInvite();
  const link = token === null ? null : inviteLink(address, token);
  logger.info('listening', { port, registration: config.registration });
  return {
    kind: 'running',
    server: { address, inviteLink: link, service, relays: calls.processes, stop },
  };
}

/** Null where the store takes nothing. */
async function openService(
  { config, version, rates }: ServerOptions,
  store: SqliteStore,
  logger: Logger,
): Promise<{ service: DeliveryService; calls: CallRelays } | null> {
  let calls: CallRelays | null = null;
  try {
    const blobs = await DiskBlobStore.open(join(config.dataFolder, 'blobs'));
    calls = await startCallRelays(config, { store, random: systemRandom, logger });
    const service = await DeliveryService.open({
      store,
      clock: systemClock,
      random: systemRandom,
      logger,
      registration: config.registration,
      blobs,
      blobQuotaBytes: config.blobQuotaBytes,
      callServers: createCallServers(config, calls),
      callEngine: createRelayCallEngine(
        [
          ...calls.processes.map(({ link }) => ({ link, isRemote: false })),
          ...calls.remotes.map(({ link }) => ({ link, isRemote: true })),
        ],
        createAnnouncedAddresses(config.callsHost),
      ),
      pushSender: await createWebPushSender(await loadWebPushKeys(store), pushSubject(config)),
      ...(version !== undefined && { version }),
      ...(rates !== undefined && { rates }),
    });
    return { service, calls };
  } catch (error) {
    await calls?.stop();
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
}

/** Push services want to know whom to turn to. */
function pushSubject({ origin }: Config): string {
  return origin?.startsWith('https:') === true ? origin : 'mailto:operator@localhost';
}

/** Browsers treat `localhost` as secure without a certificate; an address of the machine itself is shown as that. */
function shownHost(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function sentenceFor(error: unknown, { host, port }: Config): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Stop what uses it, or set SOTTO_PORT to another.`;
    case 'EACCES':
      return `Port ${port} may not be used by this user. Set SOTTO_PORT to one above 1023.`;
    default:
      return `Sotto cannot listen on ${host}, port ${port} (${String(code ?? 'unknown error')}). Check SOTTO_HOST and SOTTO_PORT.`;
  }
}
