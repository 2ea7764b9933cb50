/** One client's place at the relay (RFC 8656 §5): its relayed address, and whom it has let in. */
import type { CredentialClaims } from './credentials.ts';
import { channelLifetimeMs, permissionLifetimeMs, type RelayLimits } from './relayLimits.ts';
import { TokenBucket } from './tokenBucket.ts';
import { hostOf } from './virtualAddresses.ts';

/** A client as its transport sees it: one 5-tuple. */
export interface ClientPath {
  readonly address: string;
  readonly port: number;
  /** Its place at the relay. */
  readonly allocation: Allocation | null;
  /**
   * Sends `bytes` from `start` to `end`, which nobody writes to afterwards. On a stream, fills up to four bytes (RFC 8656
   * §12.5). False where it was dropped.
   */
  send(bytes: Buffer, start: number, end: number): boolean;
  /** It has an allocation from now on: what comes from there comes by this path. */
  keep(allocation: Allocation): void;
  /** Its allocation is over. */
  release(): void;
}

interface Permission {
  expiresAtMs: number;
}

/** A number for a peer (RFC 8656 §12). The last two fields are what the next packet need not look up. */
export interface Channel {
  readonly number: number;
  /** The peer's relayed address (`virtualKey`). */
  readonly peer: number;
  expiresAtMs: number;
  permission: Permission;
  /** Who has the peer's address. */
  to: Allocation | null;
  /** The number that it has for this side. */
  back: Channel | null;
}

interface AllocationOptions {
  readonly path: ClientPath;
  readonly relayed: number;
  readonly username: string;
  readonly claims: CredentialClaims;
  readonly key: Buffer;
  /** Of the request that made it, which may be repeated. */
  readonly transactionId: Buffer;
  readonly limits: RelayLimits;
  readonly nowMs: number;
}

export class Allocation {
  readonly path: ClientPath;
  readonly relayed: number;
  readonly username: string;
  readonly owner: string;
  readonly tag: string;
  readonly key: Buffer;
  readonly transactionId: Buffer;
  readonly traffic: TokenBucket;
  readonly requests: TokenBucket;
  expiresAtMs = 0;
  isOver = false;
  readonly #limits: RelayLimits;
  readonly #permissions = new Map<number, Permission>();
  readonly #channels = new Map<number, Channel>();
  readonly #channelsByPeer = new Map<number, Channel>();

  constructor(options: AllocationOptions) {
    const { limits, nowMs } = options;
    this.path = options.path;
    this.relayed = options.relayed;
    this.username = options.username;
    this.owner = options.claims.owner;
    this.tag = options.claims.tag;
    this.key = options.key;
    // Out of the datagram, whose memory would be kept with it.
    this.transactionId = Buffer.from(options.transactionId);
    this.#limits = limits;
    this.traffic = new TokenBucket({ burst: limits.bytesPerSecond, perSecond: limits.bytesPerSecond }, nowMs);
    this.requests = new TokenBucket(limits.requestsPerAllocation, nowMs);
  }

  hasPermission(peer: number, nowMs: number): boolean {
    const permission = this.#permissions.get(hostOf(peer));
    return permission !== undefined && permission.expiresAtMs > nowMs;
  }

  /** Lets the peers in, or renews that; false, and nothing is done, where they are too many. */
  permit(peers: readonly number[], nowMs: number): boolean {
    const hosts = new Set(peers.map(hostOf));
    const added = [...hosts].filter((host) => !this.#permissions.has(host));
    if (this.#permissions.size + added.length > this.#limits.permissionsPerAllocation) return false;
    for (const host of hosts) this.#permission(host).expiresAtMs = nowMs + permissionLifetimeMs;
    return true;
  }

  /** The channel of this number; null where there is none any more. */
  channel(number: number, nowMs: number): Channel | null {
    const channel = this.#channels.get(number);
    return channel !== undefined && channel.expiresAtMs > nowMs ? channel : null;
  }

  channelTo(peer: number, nowMs: number): Channel | null {
    const channel = this.#channelsByPeer.get(peer);
    return channel !== undefined && channel.expiresAtMs > nowMs ? channel : null;
  }

  /** Binds the number to the peer and lets it in, or renews both (RFC 8656 §12.2). */
  bind(number: number, peer: number, nowMs: number): 'bound' | 'conflict' | 'tooMany' {
    this.forgetExpired(nowMs);
    const present = this.#channels.get(number);
    const other = this.#channelsByPeer.get(peer);
    if (present !== other) return 'conflict';
    if (present === undefined && this.#channels.size >= this.#limits.channelsPerAllocation) return 'tooMany';
    if (!this.permit([peer], nowMs)) return 'tooMany';
    const channel = present ?? this.#addChannel(number, peer);
    channel.expiresAtMs = nowMs + channelLifetimeMs;
    return 'bound';
  }

  forgetExpired(nowMs: number): void {
    for (const [host, { expiresAtMs }] of this.#permissions) {
      if (expiresAtMs > nowMs) continue;
      // Kept while a channel refers to it.
      const isInUse = [...this.#channelsByPeer.keys()].some((peer) => hostOf(peer) === host);
      if (!isInUse) this.#permissions.delete(host);
    }
    for (const [number, channel] of this.#channels) {
      if (channel.expiresAtMs > nowMs) continue;
      this.#channels.delete(number);
      this.#channelsByPeer.delete(channel.peer);
    }
  }

  #permission(host: number): Permission {
    const present = this.#permissions.get(host);
    if (present !== undefined) return present;
    const permission = { expiresAtMs: 0 };
    this.#permissions.set(host, permission);
    return permission;
  }

  #addChannel(number: number, peer: number): Channel {
    const permission = this.#permission(hostOf(peer));
    const channel: Channel = { number, peer, expiresAtMs: 0, permission, to: null, back: null };
    this.#channels.set(number, channel);
    this.#channelsByPeer.set(peer, channel);
    return channel;
  }
}
