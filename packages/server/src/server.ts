import type { PasskeyId } from '@sotto/protocol';
import type { Pairings } from './account/pairings.ts';
import type { PendingLogins } from './account/pendingLogins.ts';
import type { BlobTransfers } from './blobs/blobTransfers.ts';
import type { CallRooms } from './calls/callRooms.ts';
import type { CallServers } from './calls/callServers.ts';
import type { OnlineDevices } from './connection/onlineDevices.ts';
import type { TokenBuckets } from './connection/tokenBuckets.ts';
import type { Counters } from './counters.ts';
import type { FanOut } from './log/fanOut.ts';
import type { Clock, Logger, Random } from './ports.ts';
import type { Pushes } from './push/pushes.ts';
import type { Rates } from './rates.ts';
import type { Store } from './store/store.ts';

export type RegistrationPolicy = 'open' | 'invite';

/** What every handler works with. */
export interface Server {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly version: string;
  readonly registration: RegistrationPolicy;
  readonly secrets: ServerSecrets;
  readonly rates: Rates;
  readonly buckets: Readonly<Record<keyof Rates, TokenBuckets>>;
  readonly online: OnlineDevices;
  readonly fanOut: FanOut;
  readonly logins: PendingLogins<string>;
  readonly recoveries: PendingLogins<Uint8Array>;
  readonly passkeyLogins: PendingLogins<{ readonly passkeyId: PasskeyId; readonly nonce: Uint8Array }>;
  readonly pairings: Pairings;
  readonly transfers: BlobTransfers;
  readonly callServers: CallServers;
  readonly callRooms: CallRooms;
  readonly pushes: Pushes;
  readonly counters: Counters;
  /** Lets `work` go on by itself; what it fails with is logged. */
  background(work: Promise<void>): void;
}

/** Made at first start and kept in the store. */
export interface ServerSecrets {
  /** 16 bytes: part of what devices sign. */
  readonly serverId: Uint8Array;
  /** OPAQUE's server setup, as the library writes it. */
  readonly opaqueSetup: string;
}
