/** The relays for calls beside this server, and those on other machines (spec/relay.md §Process), and what the log says. */
import { isIP } from 'node:net';
import {
  keepRemoteRelay,
  type RelayEvent,
  type RelayProcess,
  type RemoteRelay,
  type RemoteRelayEvent,
  startRelayProcess,
} from '@sotto/relay';
import type { Config } from '../config.ts';
import type { Logger, Random } from '../ports.ts';
import type { Store } from '../store/store.ts';

export interface CallRelays {
  /** On this machine; none where the configuration wants none. */
  readonly processes: readonly RelayProcess[];
  /** What credentials for them are made with. */
  readonly secret: string;
  readonly remotes: readonly (RemoteRelay & { readonly name: string })[];
  stop(): Promise<void>;
}

const secretSizeBytes = 32;

/** They may listen only later, or never: calls then go direct, and group calls find no place. */
export async function startCallRelays(
  config: Config,
  { store, random, logger }: { store: Store; random: Random; logger: Logger },
): Promise<CallRelays> {
  const { callsPort, relays, relaySecret } = config;
  const secret = await loadSecret(store, random);
  const ports =
    callsPort === null
      ? []
      : Array.from({ length: config.callsProcesses }, (_, i) => (callsPort === 0 ? 0 : callsPort + i));
  const processes = ports.map((port) =>
    startRelayProcess({
      secret,
      port,
      addresses: addressesFor(config),
      bytesPerSecond: config.callsRateBytes,
      told: createReporter(port, logger),
    }),
  );
  const remotes = relays.map((url) => {
    const name = new URL(url).host;
    return {
      ...keepRemoteRelay({ url, secret: relaySecret ?? '', told: createRemoteReporter(name, logger) }),
      name,
    };
  });
  return {
    processes,
    secret,
    remotes,
    async stop() {
      for (const remote of remotes) remote.stop();
      await Promise.all(processes.map((relay) => relay.stop()));
    },
  };
}

/** Kept, so that credentials outlast a restart: a call goes on with those that it has. */
async function loadSecret(store: Store, random: Random): Promise<string> {
  let secret = await store.readSetting('relay_secret');
  if (secret === null) {
    secret = random.bytes(secretSizeBytes);
    await store.saveSetting('relay_secret', secret);
  }
  return Buffer.from(secret).toString('base64url');
}

/** Everywhere, but for a server that only its own machine reaches, or that has one address to listen on. */
export function addressesFor({ host, origin }: Pick<Config, 'host' | 'origin'>): readonly string[] {
  const isLocal = (name: string) => /^(localhost|127\.[\d.]+|\[?::1\]?)$/.test(name);
  if (isLocal(host)) {
    const isPublic = origin !== null && !isLocal(new URL(origin).hostname);
    return isPublic ? ['0.0.0.0', '::'] : ['127.0.0.1', '::1'];
  }
  return isIP(host) === 0 || host === '0.0.0.0' || host === '::' ? ['0.0.0.0', '::'] : [host];
}

/** What is tried again and again is said once. */
function createReporter(port: number, logger: Logger): (event: RelayEvent) => void {
  let said = '';
  return (event) => {
    switch (event.kind) {
      case 'listening': {
        const { port, hasUdp, hasTcp } = event;
        said = '';
        if (hasUdp) logger.info('relay listening', { port, udp: hasUdp, tcp: hasTcp });
        else logger.warn('relay without UDP: calls that are not direct go over TCP', { port });
        return;
      }
      case 'refused':
        if (said !== event.code)
          logger.warn('relay cannot listen: calls go direct only. Free the port, or set SOTTO_CALLS_PORT', {
            port,
            code: event.code,
          });
        said = event.code;
        return;
      case 'ended':
        if (said === '')
          logger.warn(event.isHung ? 'relay hung, and was killed' : 'relay ended', {
            restartInMs: event.restartInMs,
          });
        return;
    }
  };
}

function createRemoteReporter(relay: string, logger: Logger): (event: RemoteRelayEvent) => void {
  let said = '';
  return ({ kind }) => {
    if (said === kind) return;
    said = kind;
    switch (kind) {
      case 'connected':
        logger.info('relay connected', { relay });
        return;
      case 'refused':
        logger.warn('relay refused: SOTTO_RELAY_SECRET is another there, or it is no relay', { relay });
        return;
      case 'away':
        logger.warn('relay not reached', { relay });
        return;
    }
  };
}
