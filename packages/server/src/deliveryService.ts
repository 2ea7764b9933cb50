/**
 * The delivery service (RFC 9750's name for what a Sotto server is) without sockets: frames and sign-in requests in,
 * frames and answers out. Time, chance, storage and log come through ports, so one seed can drive it whole.
 */
import { createHmac } from 'node:crypto';
import { closeCodes, idSizeBytes, limits, type WireError } from '@sotto/protocol';
import { hashInviteToken, inviteTokenSizeBytes } from './account/invite.ts';
import { createOpaqueSetup } from './account/opaque.ts';
import { Pairings } from './account/pairings.ts';
import { PendingLogins } from './account/pendingLogins.ts';
import type { BlobStore } from './blobs/blobStore.ts';
import { BlobTransfers } from './blobs/blobTransfers.ts';
import { MemoryBlobStore } from './blobs/memoryBlobStore.ts';
import { type CallEngine, noCallEngine } from './calls/callEngine.ts';
import { CallRooms } from './calls/callRooms.ts';
import { type CallServers, noCallServers } from './calls/callServers.ts';
import { tellCallRooms, tellSeatEvent } from './calls/tellCallRooms.ts';
import { DeviceConnection } from './connection/deviceConnection.ts';
import { OnlineDevices } from './connection/onlineDevices.ts';
import { TokenBuckets } from './connection/tokenBuckets.ts';
import { type Counters, createCounters } from './counters.ts';
import { FanOut } from './log/fanOut.ts';
import { answerSignIn } from './methods/dispatch.ts';
import { refused } from './outcome.ts';
import type { Clock, Logger, Peer, Random } from './ports.ts';
import { Pushes } from './push/pushes.ts';
import { noPushes, type PushSender } from './push/pushSender.ts';
import { defaultRates, type Rates } from './rates.ts';
import type { RegistrationPolicy, Server, ServerSecrets } from './server.ts';
import { type Store, StoreUnavailable } from './store/store.ts';
import { silentLogger } from './systemPorts.ts';

export interface DeliveryServiceOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  readonly version?: string;
  readonly registration?: RegistrationPolicy;
  readonly rates?: Rates;
  /** Left out: blobs are in memory, and lost with the process. */
  readonly blobs?: BlobStore;
  /** What each account may keep on the server. */
  readonly blobQuotaBytes?: number;
  /** Left out: calls go direct only. */
  readonly callServers?: CallServers;
  /** Left out: there are no group calls. */
  readonly callEngine?: CallEngine;
  /** Left out: devices that are not connected are not woken. */
  readonly pushSender?: PushSender;
}

/** What the owner of a socket does with it. */
export interface ConnectedPeer {
  /** The device has proven itself. */
  readonly isAuthenticated: boolean;
  receive(frame: Uint8Array): void;
  closed(): void;
}

export const defaultBlobQuotaBytes = 20 * 1000 ** 3;

export type SignInAnswer =
  | { readonly kind: 'answer'; readonly payload: Uint8Array }
  | { readonly kind: 'error'; readonly error: WireError };

/** Others' requests come between. */
const entriesAtOnce = 100;

export class DeliveryService {
  readonly #server: Server;
  readonly #addressSalt: Uint8Array;
  readonly #connections = new Set<DeviceConnection>();
  #isStopping = false;

  private constructor(server: Server) {
    this.#server = server;
    this.#addressSalt = server.random.bytes(32);
    server.store.onAppended((appended) => {
      server.counters.appendedEntries += appended.length;
      for (const { log, removed } of appended)
        if (log.kind === 'conversation' && removed.length > 0)
          server.callRooms.removeMembers(log.id, removed);
      server.fanOut.publish(appended);
    });
  }

  /** Reads the server's secrets from the store, or makes them. */
  static async open(options: DeliveryServiceOptions): Promise<DeliveryService> {
    const { store, clock, random, logger = silentLogger, rates = defaultRates } = options;
    const counters = createCounters();
    const transfers = new BlobTransfers({
      store: options.blobs ?? new MemoryBlobStore(),
      records: store.blobs,
      clock,
      random,
      counters,
      quotaBytes: options.blobQuotaBytes ?? defaultBlobQuotaBytes,
    });
    const buckets = createBuckets(rates);
    const online = new OnlineDevices();
    const pushes = new Pushes({
      store,
      sender: options.pushSender ?? noPushes,
      online,
      buckets,
      clock,
      counters,
    });
    const fanOut = new FanOut();
    const callRooms = new CallRooms({
      engine: options.callEngine ?? noCallEngine,
      clock,
      random,
      countReaders: (id) => fanOut.countOf({ kind: 'conversation', id }),
      announce: (id, rooms) => tellCallRooms({ online, fanOut }, id, rooms),
      tell: (deviceId, event) => tellSeatEvent(online.find(deviceId), event),
    });
    return new DeliveryService({
      store,
      clock,
      random,
      logger,
      version: options.version ?? '0.1.0',
      registration: options.registration ?? 'open',
      secrets: await loadSecrets(store, random),
      rates,
      buckets,
      online,
      fanOut,
      logins: new PendingLogins(),
      recoveries: new PendingLogins(),
      pairings: new Pairings(),
      passkeyLogins: new PendingLogins(),
      transfers,
      callServers: options.callServers ?? noCallServers,
      callRooms,
      pushes,
      counters,
      background: (work) => {
        work.catch((error) => {
          if (!(error instanceof StoreUnavailable))
            logger.error('background work failed', { error: String(error?.name) });
        });
      },
    });
  }

  /** A new connection; null where `address` makes too many. The address is used for rate limits only. */
  connect(peer: Peer, address = ''): ConnectedPeer | null {
    const { buckets, clock, counters } = this.#server;
    const addressKey = this.#addressKey(address);
    if (this.#isStopping || buckets.connectionsPerAddress.take(addressKey, 1, clock.nowMs()) > 0) return null;
    counters.openConnections += 1;
    const connection = new DeviceConnection(this.#server, peer, addressKey, () => {
      counters.openConnections -= 1;
      this.#connections.delete(connection);
    });
    this.#connections.add(connection);
    return {
      get isAuthenticated() {
        return connection.isAuthenticated;
      },
      receive: (frame) => connection.receive(frame),
      closed: () => connection.closed(),
    };
  }

  /** One sign-in request. */
  async signIn(method: string, payload: Uint8Array, address = ''): Promise<SignInAnswer> {
    const { buckets, clock } = this.#server;
    if (this.#isStopping) return signInError(refused('unavailable', { retryAfterMs: 1000 }));
    const addressKey = this.#addressKey(address);
    const retryAfterMs = buckets.signInsPerAddress.take(addressKey, 1, clock.nowMs());
    if (retryAfterMs > 0) return signInError(refused('rate_limited', { retryAfterMs }));
    const answer = await answerSignIn(this.#server, { addressKey }, method, payload);
    return answer.kind === 'done' ? { kind: 'answer', payload: answer.payload } : signInError(answer);
  }

  /** The invite for the first account, the same at every start; null once there is an account. */
  async operatorInvite(): Promise<Uint8Array | null> {
    const { store, random, clock } = this.#server;
    if ((await store.countAccounts()) > 0) return null;
    const present = await store.readSetting('operator_invite');
    if (present !== null) return present;
    const token = random.bytes(inviteTokenSizeBytes);
    await store.createInvite({
      tokenHash: hashInviteToken(token),
      accountId: null,
      expiresAtMs: null,
      nowMs: clock.nowMs(),
      maxOpen: 1,
    });
    await store.saveSetting('operator_invite', token);
    return token;
  }

  /** The operator's permission to reset this account, good for a day and one use; null where there is none. */
  async permitReset(username: string): Promise<Uint8Array | null> {
    const { store, random, clock, logger } = this.#server;
    const token = random.bytes(inviteTokenSizeBytes);
    const permitted = await store.permitReset({
      username,
      tokenHash: hashInviteToken(token),
      expiresAtMs: clock.nowMs() + limits.resetLifetimeMs,
    });
    if (permitted.kind === 'refused') return null;
    logger.info('a reset was permitted by the operator');
    return token;
  }

  /** Uploads and downloads, as the HTTP side carries them. */
  get transfers(): BlobTransfers {
    return this.#server.transfers;
  }

  /** The refusal of one request of an upload or download, or null. */
  refuseTransfer(address: string): WireError | null {
    if (this.#isStopping) return { code: 'unavailable', retryAfterMs: 1000 };
    const { buckets, clock } = this.#server;
    const retryAfterMs = buckets.transfersPerAddress.take(this.#addressKey(address), 1, clock.nowMs());
    return retryAfterMs > 0 ? { code: 'rate_limited', retryAfterMs } : null;
  }

  /** What devices sign their challenges for. */
  get serverId(): Uint8Array {
    return this.#server.secrets.serverId;
  }

  get counters(): Counters {
    return this.#server.counters;
  }

  /** Rooms of group calls, and the seats in them. */
  get callRooms(): Pick<CallRooms, 'roomCount' | 'seatCount'> {
    return this.#server.callRooms;
  }

  get devicesOnline(): number {
    return this.#server.online.count;
  }

  /** Takes the content of passing entries that all devices have, or whose time is over (spec/log.md §Passing entries). */
  async letPassingGo(): Promise<void> {
    const { store, clock } = this.#server;
    while (!this.#isStopping && (await store.letPassingGo(clock.nowMs(), entriesAtOnce)) === entriesAtOnce);
  }

  /** Ends every connection, then the store, after what was begun is committed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#server.store.close();
    // Answers to what was committed last go out before the connections end.
    await new Promise<void>((resolve) => this.#server.clock.defer(resolve));
    this.#server.pushes.stop();
    this.#server.callRooms.stop();
    for (const connection of [...this.#connections])
      connection.close(closeCodes.goingAway, 'the server is stopping');
  }

  #addressKey(address: string): string {
    return createHmac('sha256', this.#addressSalt).update(address).digest('base64').slice(0, 16);
  }
}

function signInError({ error }: { error: WireError }): SignInAnswer {
  return { kind: 'error', error };
}

function createBuckets(rates: Rates): Server['buckets'] {
  return {
    requestsPerDevice: new TokenBuckets(rates.requestsPerDevice),
    requestsPerAddress: new TokenBuckets(rates.requestsPerAddress),
    connectionsPerAddress: new TokenBuckets(rates.connectionsPerAddress),
    signInsPerAddress: new TokenBuckets(rates.signInsPerAddress),
    transfersPerAddress: new TokenBuckets(rates.transfersPerAddress),
    loginsPerAccount: new TokenBuckets(rates.loginsPerAccount),
    loginsPerAccountAndAddress: new TokenBuckets(rates.loginsPerAccountAndAddress),
    loginsPerAddress: new TokenBuckets(rates.loginsPerAddress),
    registrationsPerAddress: new TokenBuckets(rates.registrationsPerAddress),
    storedBytesPerAccount: new TokenBuckets(rates.storedBytesPerAccount),
    claimsPerPair: new TokenBuckets(rates.claimsPerPair),
    signalsPerConversation: new TokenBuckets(rates.signalsPerConversation),
    seatRequestsPerDevice: new TokenBuckets(rates.seatRequestsPerDevice),
    seatRequestsPerConversation: new TokenBuckets(rates.seatRequestsPerConversation),
    relaysPerAccount: new TokenBuckets(rates.relaysPerAccount),
    pushesPerDevice: new TokenBuckets(rates.pushesPerDevice),
    pushesPerSenderAndDevice: new TokenBuckets(rates.pushesPerSenderAndDevice),
    offences: new TokenBuckets(rates.offences),
  };
}

async function loadSecrets(store: Store, random: Random): Promise<ServerSecrets> {
  let serverId = await store.readSetting('server_id');
  if (serverId === null) {
    serverId = random.bytes(idSizeBytes);
    await store.saveSetting('server_id', serverId);
  }
  const saved = await store.readSetting('opaque_setup');
  if (saved !== null) return { serverId, opaqueSetup: Buffer.from(saved).toString() };
  const opaqueSetup = await createOpaqueSetup();
  await store.saveSetting('opaque_setup', Buffer.from(opaqueSetup));
  return { serverId, opaqueSetup };
}
