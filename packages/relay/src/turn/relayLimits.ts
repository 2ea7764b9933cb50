import type { Rate } from './tokenBucket.ts';

/** What the relay gives at most (spec/relay.md §Limits). */
export interface RelayLimits {
  readonly allocations: number;
  /** Of one account's credentials; a device has one for each of its networks and transports, doubled in an ICE restart. */
  readonly allocationsPerOwner: number;
  /** Of all who name the same call. */
  readonly allocationsPerTag: number;
  readonly permissionsPerAllocation: number;
  readonly channelsPerAllocation: number;
  /** What one allocation may send. */
  readonly bytesPerSecond: number;
  /** Requests of a source without an allocation: an IPv4 address, or the first 64 bits of an IPv6 address. */
  readonly requestsPerSource: Rate;
  readonly requestsPerAllocation: Rate;
  /** TCP. */
  readonly connections: number;
  readonly connectionsPerSource: number;
  /** Of the first 48 bits of an IPv6 address. */
  readonly connectionsPerSite: number;
}

export const defaultRelayLimits: RelayLimits = {
  allocations: 10_000,
  allocationsPerOwner: 48,
  allocationsPerTag: 64,
  permissionsPerAllocation: 64,
  channelsPerAllocation: 64,
  bytesPerSecond: 2_000_000,
  requestsPerSource: { burst: 300, perSecond: 50 },
  requestsPerAllocation: { burst: 200, perSecond: 50 },
  connections: 5_000,
  connectionsPerSource: 100,
  connectionsPerSite: 400,
};

/** Of RFC 8656: an allocation that is not refreshed (§3.2), a permission (§9), a channel (§12). */
export const defaultLifetimeSeconds = 600;
export const maxLifetimeSeconds = 3600;
export const permissionLifetimeMs = 300_000;
export const channelLifetimeMs = 600_000;
