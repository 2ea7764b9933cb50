/**
 * One client's connection (spec/server.md §Connection). Invariants: nothing but Authenticate is answered before the
 * challenge was signed; each request gets exactly one answer; what waits to be sent is bounded.
 */
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type AccountId,
  closeCodes,
  type DeviceId,
  limits,
  type PushSchema,
  type Request,
  type WireError,
} from '@sotto/protocol';
import { encodeResponseFast } from '../hotCodec.ts';
import { Subscriber } from '../log/subscriber.ts';
import { answerDevice, answerStranger, type EncodedAnswer } from '../methods/dispatch.ts';
import type { Peer } from '../ports.ts';
import { requestCost } from '../rates.ts';
import type { Server } from '../server.ts';
import { decodeRequest, encodeChallenge, encodeErrorResponse, encodePush } from './frames.ts';
import type { OnlineDevice } from './onlineDevices.ts';
import { announcePresence } from './presence.ts';
import { TokenBuckets } from './tokenBuckets.ts';

const nonceSizeBytes = 32;
/** Unsent bytes above which what is not stored (signals) is dropped. */
const signalRoomBytes = 256 * 1024;
/** Unsent bytes above which a connection is ended: its client asks faster than it reads. */
const maxBufferedBytes = 24 * 1024 * 1024;

export class DeviceConnection {
  /** Accounts that this client was last told are online. */
  readonly shownOnline = new Set<AccountId>();
  readonly #server: Server;
  readonly #peer: Peer;
  readonly #addressKey: string;
  readonly #offences: TokenBuckets;
  readonly #cancelDeadline: () => void;
  readonly #onClosed: () => void;
  #challenge: { readonly nonce: Uint8Array; readonly expiresAtMs: number } | null;
  #device: OnlineDevice | null = null;
  #requestsInFlight = 0;
  #isClosed = false;

  /** Sends the challenge. `addressKey` names the address in rate limits; `onClosed` runs once, when it ends. */
  constructor(server: Server, peer: Peer, addressKey: string, onClosed: () => void) {
    this.#server = server;
    this.#peer = peer;
    this.#addressKey = addressKey;
    this.#onClosed = onClosed;
    this.#offences = new TokenBuckets(server.rates.offences, 1);
    const nonce = server.random.bytes(nonceSizeBytes);
    this.#challenge = { nonce, expiresAtMs: server.clock.nowMs() + limits.challengeLifetimeMs };
    this.#cancelDeadline = server.clock.schedule(limits.challengeLifetimeMs, () => {
      if (this.#device === null) this.close(closeCodes.challengeExpired, 'not authenticated in time');
    });
    peer.send(encodeChallenge(nonce, server.secrets.serverId));
  }

  /** The host by which the client reached the server, as in a URL; null: not known. */
  get host(): string | null {
    return this.#peer.host ?? null;
  }

  get isAuthenticated(): boolean {
    return this.#device !== null;
  }

  /** One frame from the client. */
  receive(frame: Uint8Array): void {
    if (this.#isClosed) return;
    if (frame.length > limits.requestSizeBytes) this.close(closeCodes.tooLarge, 'frame too large');
    else if (this.#peer.bufferedBytes() > maxBufferedBytes) this.close(closeCodes.tooSlow, 'answers unread');
    else this.#receive(frame);
  }

  #receive(frame: Uint8Array): void {
    const request = decodeRequest(frame);
    if (request === null) {
      this.#server.counters.malformedFrames += 1;
      this.#refuse(0, { code: 'malformed' });
      return;
    }
    const retryAfterMs = this.#takeRate(request.method);
    if (retryAfterMs > 0) {
      this.#refuse(request.id, { code: 'rate_limited', retryAfterMs });
    } else if (this.#requestsInFlight >= limits.requestsInFlight) {
      this.#refuse(request.id, { code: 'too_many', limit: limits.requestsInFlight });
    } else {
      this.#requestsInFlight += 1;
      void this.#dispatch(request).then((answer) => this.#answer(request.id, answer));
    }
  }

  /** The connection has ended: by the client, the network or `close`. */
  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelDeadline();
    this.#onClosed();
    const device = this.#device;
    if (device === null) return;
    device.subscriber.close();
    const { online } = this.#server;
    if (online.remove(device) && !online.isOnline(device.accountId)) {
      this.#server.background(announcePresence(this.#server, device.accountId));
    }
  }

  /** Ends the connection with one of `closeCodes`. */
  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.closed();
    this.#peer.close(code, reason);
  }

  /** The nonce to be signed, given out once. Null where it was, or has run out. */
  takeChallenge(nowMs: number): Uint8Array | null {
    const challenge = this.#challenge;
    this.#challenge = null;
    return challenge !== null && challenge.expiresAtMs > nowMs ? challenge.nonce : null;
  }

  /** The device has proven itself. False where the connection ended meanwhile. */
  becomeOnline(accountId: AccountId, deviceId: DeviceId): boolean {
    if (this.#isClosed) return false;
    this.#cancelDeadline();
    const { store, fanOut, clock, online } = this.#server;
    const subscriber = new Subscriber(deviceId, { store, fanOut, clock, peer: this.#peer }, () =>
      this.close(closeCodes.tooSlow, 'nothing was read for too long'),
    );
    this.#device = { accountId, deviceId, connection: this, subscriber };
    const replaced = online.add(this.#device);
    replaced?.connection.close(closeCodes.replaced, 'a newer connection of this device took over');
    return true;
  }

  push(push: MessageInitShape<typeof PushSchema>): void {
    if (!this.#isClosed) this.#peer.send(encodePush(push));
  }

  /** An encoded push, the same for many. */
  pushFrame(frame: Uint8Array): void {
    if (!this.#isClosed) this.#peer.send(frame);
  }

  /** For what may be lost: sent unless the client is behind. */
  sendIfRoom(frame: Uint8Array): void {
    if (!this.#isClosed && this.#peer.bufferedBytes() < signalRoomBytes) this.#peer.send(frame);
  }

  #dispatch({ method, payload }: Request): Promise<EncodedAnswer> {
    return this.#device === null
      ? answerStranger(this.#server, this, method, payload)
      : answerDevice(this.#server, this.#device, method, payload);
  }

  #answer(id: number, answer: EncodedAnswer): void {
    this.#requestsInFlight -= 1;
    if (this.#isClosed) return;
    if (answer.kind === 'refused') {
      this.#refuse(id, answer.error);
    } else {
      this.#peer.send(encodeResponseFast(id, answer.payload));
      answer.afterAnswer?.();
    }
  }

  #refuse(id: number, error: WireError): void {
    this.#peer.send(encodeErrorResponse(id, error));
    if (!isOffence(error)) return;
    if (this.#offences.take('', 1, this.#server.clock.nowMs()) > 0) {
      this.close(closeCodes.flooding, 'too many malformed or refused requests');
    }
  }

  #takeRate(method: string): number {
    const { clock, buckets } = this.#server;
    const nowMs = clock.nowMs();
    const cost = requestCost(method);
    const byAddressMs = buckets.requestsPerAddress.take(this.#addressKey, cost, nowMs);
    if (byAddressMs > 0 || this.#device === null) return byAddressMs;
    return buckets.requestsPerDevice.take(this.#device.deviceId, cost, nowMs);
  }
}

/** What a sound client does not do; much of it ends the connection. */
function isOffence({ code }: WireError): boolean {
  return [
    'malformed',
    'unknown_method',
    'not_authenticated',
    'rate_limited',
    'too_many',
    'too_large',
  ].includes(code);
}
