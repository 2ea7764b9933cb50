/** Requests that need credentials (RFC 8489 §9.2.4, RFC 8656 §7 to §12), in the order of checks that those prescribe. */
import { attributes, errorCodes, methods } from '../stun/constants.ts';
import { failure, type Reply, success, uint16List, uint32 } from '../stun/reply.ts';
import type { StunMessage } from '../stun/stunMessage.ts';
import { decodeXorAddress, encodeXorAddress } from '../stun/xorAddress.ts';
import type { Allocation, ClientPath } from './allocation.ts';
import type { Allocations } from './allocations.ts';
import type { RelayClock } from './clock.ts';
import { type CredentialClaims, integrityKey, readUsername, realm } from './credentials.ts';
import type { Nonces } from './nonces.ts';
import { defaultLifetimeSeconds, maxLifetimeSeconds, type RelayLimits } from './relayLimits.ts';
import { addressOf, isVirtual, virtualKey } from './virtualAddresses.ts';

export interface RequestContext {
  readonly secret: string;
  readonly clock: RelayClock;
  readonly nonces: Nonces;
  readonly limits: RelayLimits;
  readonly allocations: Allocations;
}

/** `key` where the request was proven to come from who knows the credentials: the answer then proves the same. */
interface Answered {
  readonly reply: Reply;
  readonly key?: Buffer;
}

interface Caller {
  readonly username: string;
  readonly claims: CredentialClaims;
  readonly key: Buffer;
  /** How long the credentials are still good. */
  readonly remainingMs: number;
}

const udpProtocol = 17;
const realmValue = Buffer.from(realm);
const knownAttributes: ReadonlySet<number> = new Set(Object.values(attributes));

export function answerRequest(context: RequestContext, path: ClientPath, message: StunMessage): Answered {
  const caller = authenticate(context, path, message);
  if ('reply' in caller) return caller;
  return { reply: answerCaller(context, path, message, caller), key: caller.key };
}

function authenticate(
  { secret, clock, nonces }: RequestContext,
  path: ClientPath,
  message: StunMessage,
): Caller | Answered {
  const nowMs = clock.wallMs();
  const challenge = (code: typeof errorCodes.unauthenticated | typeof errorCodes.staleNonce): Answered => ({
    reply: failure(code, [attributes.realm, realmValue], [attributes.nonce, nonces.issue(path, nowMs)]),
  });
  if (!message.hasIntegrity) return challenge(errorCodes.unauthenticated);
  const username = message.find(attributes.username)?.toString();
  const nonce = message.find(attributes.nonce);
  if (username === undefined || nonce === null || message.find(attributes.realm) === null)
    return { reply: failure(errorCodes.badRequest) };
  if (!nonces.isFresh(nonce, path, nowMs)) return challenge(errorCodes.staleNonce);
  const claims = readUsername(username);
  if (claims === null) return challenge(errorCodes.unauthenticated);
  const remainingMs = claims.expiresAt * 1000 - nowMs;
  const { allocation } = path;
  const key = allocation?.username === username ? allocation.key : integrityKey(secret, username);
  if (remainingMs <= 0 || !message.isProtectedBy(key)) return challenge(errorCodes.unauthenticated);
  return { username, claims, key, remainingMs };
}

function answerCaller(
  context: RequestContext,
  path: ClientPath,
  message: StunMessage,
  caller: Caller,
): Reply {
  const { allocation } = path;
  if (allocation !== null && allocation.username !== caller.username)
    return failure(errorCodes.wrongCredentials);
  const unknown = message.unknownAttributes(knownAttributes);
  if (unknown.length > 0)
    return failure(errorCodes.unknownAttribute, [attributes.unknownAttributes, uint16List(unknown)]);
  if (message.method === methods.allocate) return allocate(context, path, message, caller);
  if (allocation === null) return failure(errorCodes.allocationMismatch);
  switch (message.method) {
    case methods.refresh:
      return refresh(context, allocation, message, caller);
    case methods.createPermission:
      return createPermission(context, allocation, message);
    case methods.channelBind:
      return bindChannel(context, allocation, message);
    default:
      return failure(errorCodes.badRequest);
  }
}

function allocate(context: RequestContext, path: ClientPath, message: StunMessage, caller: Caller): Reply {
  const { transactionId } = message;
  const nowMs = context.clock.nowMs();
  const { allocation: present } = path;
  if (present !== null) {
    // A repetition of the request whose answer was lost.
    return present.transactionId.equals(transactionId)
      ? allocated(path, present, message, nowMs)
      : failure(errorCodes.allocationMismatch);
  }
  const transport = message.find(attributes.requestedTransport);
  if (transport?.length !== 4) return failure(errorCodes.badRequest);
  if (transport[0] !== udpProtocol) return failure(errorCodes.unsupportedTransport);
  const family = message.find(attributes.requestedAddressFamily);
  if (family !== null && family[0] !== 1) return failure(errorCodes.addressFamilyNotSupported);
  const lifetimeSeconds = readLifetime(message);
  if (lifetimeSeconds === null) return failure(errorCodes.badRequest);
  const lifetimeMs = grantedMs(lifetimeSeconds, caller);
  const made = context.allocations.make(path, { ...caller, transactionId, lifetimeMs }, nowMs);
  switch (made.kind) {
    case 'made':
      return allocated(path, made.allocation, message, nowMs);
    case 'ownerFull':
      return failure(errorCodes.allocationQuotaReached);
    case 'full':
      return failure(errorCodes.insufficientCapacity);
  }
}

function allocated(path: ClientPath, allocation: Allocation, message: StunMessage, nowMs: number): Reply {
  const { transactionId } = message;
  return success(
    [attributes.xorRelayedAddress, encodeXorAddress(addressOf(allocation.relayed), transactionId)],
    [attributes.lifetime, uint32(Math.floor((allocation.expiresAtMs - nowMs) / 1000))],
    [attributes.xorMappedAddress, encodeXorAddress(path, transactionId)],
  );
}

function refresh(
  { clock, allocations }: RequestContext,
  allocation: Allocation,
  message: StunMessage,
  caller: Caller,
): Reply {
  const family = message.find(attributes.requestedAddressFamily);
  if (family !== null && family[0] !== 1) return failure(errorCodes.peerAddressFamilyMismatch);
  const lifetimeSeconds = readLifetime(message);
  if (lifetimeSeconds === null) return failure(errorCodes.badRequest);
  if (lifetimeSeconds === 0) {
    allocations.end(allocation);
    return success([attributes.lifetime, uint32(0)]);
  }
  const lifetimeMs = grantedMs(lifetimeSeconds, caller);
  allocation.expiresAtMs = clock.nowMs() + lifetimeMs;
  return success([attributes.lifetime, uint32(Math.floor(lifetimeMs / 1000))]);
}

function createPermission({ clock }: RequestContext, allocation: Allocation, message: StunMessage): Reply {
  const addresses = message.findAll(attributes.xorPeerAddress);
  if (addresses.length === 0) return failure(errorCodes.badRequest);
  const peers: number[] = [];
  for (const address of addresses) {
    const peer = readPeer(address);
    if (typeof peer !== 'number') return peer;
    peers.push(peer);
  }
  return allocation.permit(peers, clock.nowMs()) ? success() : failure(errorCodes.insufficientCapacity);
}

function bindChannel({ clock }: RequestContext, allocation: Allocation, message: StunMessage): Reply {
  const value = message.find(attributes.channelNumber);
  const address = message.find(attributes.xorPeerAddress);
  if (value?.length !== 4 || address === null) return failure(errorCodes.badRequest);
  const number = value.readUInt16BE(0);
  if (number < 0x4000 || number > 0x4fff) return failure(errorCodes.badRequest);
  const peer = readPeer(address);
  if (typeof peer !== 'number') return peer;
  switch (allocation.bind(number, peer, clock.nowMs())) {
    case 'bound':
      return success();
    case 'conflict':
      return failure(errorCodes.badRequest);
    case 'tooMany':
      return failure(errorCodes.insufficientCapacity);
  }
}

/** The peer's `virtualKey`. All other addresses are forbidden: the relay reaches none. */
function readPeer(value: Buffer): number | Reply {
  const peer = decodeXorAddress(value);
  if (peer.kind === 'malformed') return failure(errorCodes.badRequest);
  if (peer.kind === 'otherFamily') return failure(errorCodes.peerAddressFamilyMismatch);
  return isVirtual(peer.address) ? virtualKey(peer.address, peer.port) : failure(errorCodes.forbidden);
}

/** Seconds, the default where none are asked for; null: malformed. */
function readLifetime(message: StunMessage): number | null {
  const value = message.find(attributes.lifetime);
  if (value === null) return defaultLifetimeSeconds;
  return value.length === 4 ? value.readUInt32BE(0) : null;
}

/** Never longer than the credentials are good. */
function grantedMs(askedSeconds: number, { remainingMs }: Caller): number {
  const seconds = Math.min(Math.max(askedSeconds, defaultLifetimeSeconds), maxLifetimeSeconds);
  return Math.min(seconds * 1000, remainingMs);
}
