/**
 * The relay without sockets (spec/relay.md): bytes of clients in, bytes to clients out. It keeps two rules: nothing goes
 * but between two allocations of the same call tag that have let each other in, and nothing is sent to who has no
 * allocation but one small answer to its own request, so many in a time.
 */
import { randomInt } from 'node:crypto';
import { attributes, classes, methods } from '../stun/constants.ts';
import { encodeStun } from '../stun/encodeStun.ts';
import { encodeReply, success } from '../stun/reply.ts';
import { StunMessage } from '../stun/stunMessage.ts';
import { addressOctets, decodeXorAddress, encodeXorAddress } from '../stun/xorAddress.ts';
import type { Allocation, Channel, ClientPath } from './allocation.ts';
import { Allocations } from './allocations.ts';
import { answerRequest, type RequestContext } from './answerRequest.ts';
import { type RelayClock, systemRelayClock } from './clock.ts';
import { createRelayCounters, type RelayCounters } from './counters.ts';
import { Nonces } from './nonces.ts';
import { defaultRelayLimits, type RelayLimits } from './relayLimits.ts';
import { SourceBuckets } from './tokenBucket.ts';
import { addressOf, isVirtual, virtualKey } from './virtualAddresses.ts';

export interface TurnServerOptions {
  /** What credentials are made with (`createCredentials`). */
  readonly secret: string;
  /** Random, of this process: for nonces. */
  readonly nonceKey: Uint8Array;
  readonly clock?: RelayClock;
  readonly limits?: Partial<RelayLimits>;
  /** From 0 up to `below`; for relayed addresses. */
  readonly randomBelow?: (below: number) => number;
}

const channelHeaderSizeBytes = 4;
/** What a packet counts at least: empty ones are work, too. */
const smallestPacketBytes = 64;
const costOf = (sizeBytes: number): number => Math.max(sizeBytes, smallestPacketBytes);
/** First bytes of ChannelData (RFC 8656 §12): numbers from 0x4000 to 0x4fff. */
const firstChannelByte = 0x40;
const lastChannelByte = 0x4f;
/** Longer than what goes over any network in one piece. */
export const maxMessageSizeBytes = 4096;

export class TurnServer {
  readonly counters: RelayCounters = createRelayCounters();
  readonly limits: RelayLimits;
  readonly #clock: RelayClock;
  readonly #allocations: Allocations;
  readonly #sources: SourceBuckets;
  readonly #context: RequestContext;

  constructor(options: TurnServerOptions) {
    const { secret, nonceKey, clock = systemRelayClock, randomBelow = (below) => randomInt(below) } = options;
    this.limits = { ...defaultRelayLimits, ...options.limits };
    this.#clock = clock;
    this.#allocations = new Allocations(this.limits, this.counters, randomBelow);
    this.#sources = new SourceBuckets(this.limits.requestsPerSource);
    const nonces = new Nonces(nonceKey);
    this.#context = { secret, clock, nonces, limits: this.limits, allocations: this.#allocations };
  }

  /** One datagram, or one message of a stream. The relay may write to `bytes` and keep them until they are sent. */
  receive(path: ClientPath, bytes: Buffer): void {
    // Nobody can be answered at port 0 (RFC 768), though packets can say that they come from there.
    const first = path.port === 0 ? undefined : bytes[0];
    if (first === undefined || bytes.length > maxMessageSizeBytes) this.counters.droppedMalformed += 1;
    else if (first >= firstChannelByte && first <= lastChannelByte) this.#receiveChannelData(path, bytes);
    else this.#receiveStun(path, bytes);
  }

  /** The client's transport is gone. */
  disconnected({ allocation }: ClientPath): void {
    if (allocation !== null) this.#allocations.end(allocation);
  }

  /** Ends what has run out; to be called every few seconds. */
  sweep(): void {
    this.#allocations.sweep(this.#clock.nowMs());
  }

  #receiveChannelData({ allocation }: ClientPath, bytes: Buffer): void {
    const { counters } = this;
    const end = bytes.length < channelHeaderSizeBytes ? 0 : channelHeaderSizeBytes + bytes.readUInt16BE(2);
    if (allocation === null || end === 0 || end > bytes.length) {
      counters.droppedMalformed += 1;
      return;
    }
    const nowMs = this.#clock.nowMs();
    const channel = allocation.channel(bytes.readUInt16BE(0), nowMs);
    if (channel === null) counters.droppedUnreachable += 1;
    else if (!allocation.traffic.take(costOf(end - channelHeaderSizeBytes), nowMs)) counters.droppedRate += 1;
    else this.#forwardByChannel(allocation, channel, { bytes, end, nowMs });
  }

  /** The way of nearly every packet: no search but for the channel's number, and nothing copied. */
  #forwardByChannel(
    from: Allocation,
    channel: Channel,
    { bytes, end, nowMs }: { bytes: Buffer; end: number; nowMs: number },
  ): void {
    if (channel.to === null || channel.to.isOver) {
      channel.to = this.#allocations.peerOf(from, channel.peer);
      channel.back = null;
    }
    const { to } = channel;
    if (to === null) {
      this.counters.droppedUnreachable += 1;
      return;
    }
    if (channel.back === null || channel.back.expiresAtMs <= nowMs)
      channel.back = to.channelTo(from.relayed, nowMs);
    const { back } = channel;
    if (back === null)
      this.#deliverByIndication(from, to, { bytes, start: channelHeaderSizeBytes, end, nowMs });
    else this.#deliver(to, back, { bytes, start: channelHeaderSizeBytes, end, nowMs });
  }

  /** Sends what is from `start` to `end`, writing the channel's header right before it. */
  #deliver(
    to: Allocation,
    { number, permission }: Channel,
    { bytes, start, end, nowMs }: { bytes: Buffer; start: number; end: number; nowMs: number },
  ): void {
    if (permission.expiresAtMs <= nowMs) {
      this.counters.droppedUnreachable += 1;
      return;
    }
    bytes.writeUInt16BE(number, start - channelHeaderSizeBytes);
    bytes.writeUInt16BE(end - start, start - channelHeaderSizeBytes + 2);
    this.#send(to, bytes, { start: start - channelHeaderSizeBytes, end, dataSizeBytes: end - start });
  }

  #deliverByIndication(
    from: Allocation,
    to: Allocation,
    { bytes, start, end, nowMs }: { bytes: Buffer; start: number; end: number; nowMs: number },
  ): void {
    if (!to.hasPermission(from.relayed, nowMs)) {
      this.counters.droppedUnreachable += 1;
      return;
    }
    const transactionId = Buffer.alloc(12);
    transactionId.writeUIntBE(randomInt(2 ** 48 - 1), 6, 6);
    const indication = encodeStun({
      method: methods.data,
      class: classes.indication,
      transactionId,
      attributes: [
        [attributes.xorPeerAddress, encodeXorAddress(addressOf(from.relayed), transactionId)],
        [attributes.data, bytes.subarray(start, end)],
      ],
    });
    this.#send(to, indication, { start: 0, end: indication.length, dataSizeBytes: end - start });
  }

  #send(
    to: Allocation,
    bytes: Buffer,
    { start, end, dataSizeBytes }: { start: number; end: number; dataSizeBytes: number },
  ): void {
    if (!to.path.send(bytes, start, end)) {
      this.counters.droppedBacklog += 1;
      return;
    }
    this.counters.forwardedPackets += 1;
    this.counters.forwardedBytes += dataSizeBytes;
  }

  #receiveStun(path: ClientPath, bytes: Buffer): void {
    const message = StunMessage.decode(bytes);
    if (message === null) this.counters.droppedMalformed += 1;
    else if (message.class === classes.indication) this.#receiveIndication(path, message);
    else if (message.isRequest) this.#receiveRequest(path, message);
    else this.counters.droppedMalformed += 1;
  }

  /** Of indications there is Send (RFC 8656 §11.1), which is not answered; others, as a Binding to keep a path open, say nothing. */
  #receiveIndication({ allocation }: ClientPath, message: StunMessage): void {
    if (message.method !== methods.send) return;
    const address = message.find(attributes.xorPeerAddress);
    const data = message.find(attributes.data);
    const isUnderstood = message.unknownAttributes(sendAttributes).length === 0;
    if (allocation === null || address === null || data === null || !isUnderstood) {
      this.counters.droppedMalformed += 1;
      return;
    }
    const nowMs = this.#clock.nowMs();
    const peer = decodeXorAddress(address);
    const key = peer.kind === 'ipv4' && isVirtual(peer.address) ? virtualKey(peer.address, peer.port) : null;
    if (key === null || !allocation.hasPermission(key, nowMs)) this.counters.droppedUnreachable += 1;
    else if (!allocation.traffic.take(costOf(data.length), nowMs)) this.counters.droppedRate += 1;
    else this.#forwardData(allocation, key, { message, data, nowMs });
  }

  #forwardData(
    from: Allocation,
    key: number,
    { message, data, nowMs }: { message: StunMessage; data: Buffer; nowMs: number },
  ): void {
    const to = this.#allocations.peerOf(from, key);
    if (to === null) {
      this.counters.droppedUnreachable += 1;
      return;
    }
    const { bytes } = message;
    const start = data.byteOffset - bytes.byteOffset;
    const range = { bytes, start, end: start + data.length, nowMs };
    const back = to.channelTo(from.relayed, nowMs);
    if (back === null) this.#deliverByIndication(from, to, range);
    // Before the data is its attribute's header: as long as that of a channel.
    else this.#deliver(to, back, range);
  }

  #receiveRequest(path: ClientPath, message: StunMessage): void {
    const nowMs = this.#clock.nowMs();
    const { allocation } = path;
    const isAllowed =
      allocation === null
        ? this.#sources.take(sourceOf(path.address), nowMs)
        : allocation.requests.take(1, nowMs);
    if (!isAllowed) {
      this.counters.droppedFlood += 1;
      return;
    }
    if (message.method === methods.binding) {
      const address = encodeXorAddress(path, message.transactionId);
      this.#answer(path, encodeReply(message, success([attributes.xorMappedAddress, address]), undefined));
      this.counters.answeredBindings += 1;
      return;
    }
    const { reply, key } = answerRequest(this.#context, path, message);
    if (reply.kind === 'error') this.counters.refusedRequests += 1;
    this.#answer(path, encodeReply(message, reply, key));
  }

  #answer(path: ClientPath, bytes: Buffer): void {
    if (!path.send(bytes, 0, bytes.length)) this.counters.droppedBacklog += 1;
  }
}

const sendAttributes: ReadonlySet<number> = new Set([attributes.xorPeerAddress, attributes.data]);

/** What counts as one source: an IPv4 address, or the 64 bits of an IPv6 address that one customer has. */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address;
  return Buffer.from(addressOctets(address).subarray(0, 8)).toString('hex');
}
