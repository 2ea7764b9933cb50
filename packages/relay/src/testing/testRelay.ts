/** For tests: a relay in this process, behind a network that can be made bad. */
import { randomBytes } from 'node:crypto';
import { startRelay } from '../net/relay.ts';
import type { RelayCounters } from '../turn/counters.ts';
import { createCredentials } from '../turn/credentials.ts';
import type { RelayLimits } from '../turn/relayLimits.ts';
import { BadNetwork, type NetworkConditions } from './badNetwork.ts';

export interface TestRelayOptions {
  /** At the start. */
  readonly network?: Partial<NetworkConditions>;
  readonly limits?: Partial<RelayLimits>;
  /** The first one is where clients are sent. */
  readonly addresses?: readonly string[];
}

/** As RTCIceServer. */
interface TestIceServer {
  readonly urls: string[];
  readonly username: string;
  readonly credential: string;
}

export interface TestRelay {
  readonly port: number;
  /**
   * For a server with `SOTTO_CALLS_PORT=off`, these as `SOTTO_TURN_URLS` and `SOTTO_TURN_SECRET`: its calls then go
   * through this relay.
   */
  readonly turnUrls: readonly string[];
  readonly secret: string;
  readonly counters: RelayCounters;
  /** Changes the network from now on; what is left out is good. */
  setNetwork(conditions: Partial<NetworkConditions>): void;
  /** For one side of the call with this tag (16 bytes), good for `lifetimeMs`; by UDP, by TCP, or either. */
  iceServers(relayTag: Uint8Array, options?: TestIceOptions): TestIceServer[];
  stop(): Promise<void>;
}

type Transport = 'udp' | 'tcp';

interface TestIceOptions {
  readonly transports?: readonly Transport[];
  readonly ownerId?: string;
  readonly lifetimeMs?: number;
}

export async function startTestRelay(options: TestRelayOptions = {}): Promise<TestRelay> {
  const { addresses = ['127.0.0.1', '::1'], limits = {} } = options;
  const secret = randomBytes(16).toString('hex');
  let network: BadNetwork | undefined;
  const outcome = await startRelay({
    secret,
    nonceKey: randomBytes(32),
    addresses,
    port: 0,
    limits,
    between: (turn) => {
      network = new BadNetwork(turn, options.network ?? {});
      return network;
    },
  });
  if (outcome.kind === 'refused') throw new Error(`The relay cannot listen: ${outcome.code}`);
  const { relay } = outcome;
  const host = addresses[0]!.includes(':') ? `[${addresses[0]}]` : addresses[0];
  const urlFor = (transport: Transport) => `turn:${host}:${relay.port}?transport=${transport}`;
  return {
    port: relay.port,
    turnUrls: [urlFor('udp'), urlFor('tcp')],
    secret,
    counters: relay.counters,
    setNetwork: (conditions) => network?.set(conditions),
    iceServers: (relayTag, options = {}) => {
      const { ownerId = 'ann', lifetimeMs = 3_600_000 } = options;
      const transports: readonly Transport[] = options.transports ?? ['udp', 'tcp'];
      const expiresAtMs = Date.now() + lifetimeMs;
      const credentials = createCredentials(secret, { ownerId, relayTag, expiresAtMs });
      return [{ urls: transports.map(urlFor), ...credentials }];
    },
    stop: async () => {
      network?.stop();
      await relay.stop();
    },
  };
}
