/**
 * A synthetic participant: sends its streams in time, sends again what is asked for, and answers what comes with receiver reports,
 * REMB and requests for what is missing, as a browser would.
 */
import { randomInt } from 'node:crypto';
import {
  encodeNack,
  encodeReceiverReport,
  encodeSenderReport,
  type RtcpVisitor,
  readRtcp,
} from '../../rtp/rtcp.ts';
import { RtpPacket } from '../../rtp/rtpPacket.ts';
import { Vp8Descriptor } from '../../rtp/vp8Descriptor.ts';
import { encodeRemb } from './encodeRemb.ts';
import { LoadPeer, type PeerCertificate, type PeerFacts, type PeerRemote } from './loadPeer.ts';
import type { MasterKey } from './loadSrtp.ts';
import { ReceivedStream } from './receivedStream.ts';
import { type StreamSpec, SyntheticStream, stampSizeBytes } from './syntheticStream.ts';

export interface ParticipantOptions {
  /** What RTX comes with; 0: none does. */
  readonly repairPayloadType: number;
  /** Payload types of pictures. */
  readonly picturePayloadType: number;
  /** What REMB says that it can take. */
  readonly bitsPerSecond: number;
  /** Of what comes, one of so many is lost; 0: none. */
  readonly losesOneOf: number;
}

/** What is counted over all participants of a process. */
export interface LoadTally {
  sentPackets: number;
  /** Media: neither padding nor what was sent again. */
  receivedPackets: number;
  repairedPackets: number;
  keyFrameRequests: number;
  /** Of one packet of `openedOneOf`, in milliseconds. */
  readonly delaysMs: number[];
}

/** Opening all would cost the load more than the relay. */
const openedOneOf = 16;
const reportEveryMs = 1000;
const maxBlocks = 31;
const maxDelays = 200_000;

interface Sending {
  readonly stream: SyntheticStream;
  nextAtMs: number;
}

export class Participant {
  readonly #options: ParticipantOptions;
  readonly #tally: LoadTally;
  readonly #sending: Sending[] = [];
  readonly #received = new Map<number, ReceivedStream>();
  readonly #ssrc = randomInt(1, 2 ** 32);
  #peer: LoadPeer | undefined;
  #transportSequence = 0;
  #reportAtMs = 0;
  #seen = 0;
  #isSending = false;
  /** When the first key frame began to arrive; null: none has. */
  firstKeyFrameAtMs: number | null = null;
  readonly #packet = new RtpPacket();
  readonly #descriptor = new Vp8Descriptor();
  readonly #visitor: RtcpVisitor;

  private constructor(options: ParticipantOptions, tally: LoadTally) {
    this.#options = options;
    this.#tally = tally;
    this.#visitor = {
      senderReport: ({ ssrc, compactNtp }) =>
        this.#received.get(ssrc)?.takeSenderReport(compactNtp, performance.now()),
      reportBlock: () => {},
      nack: (ssrc, sequences) => this.#repair(ssrc, sequences),
      pictureLoss: (ssrc) => {
        this.#tally.keyFrameRequests += 1;
        this.#find(ssrc)?.requestKeyFrame();
      },
      remb: () => {},
    };
  }

  static async open(
    certificate: PeerCertificate,
    options: ParticipantOptions,
    tally: LoadTally,
  ): Promise<Participant> {
    const participant = new Participant(options, tally);
    participant.#peer = await LoadPeer.open(certificate, {
      onRtp: (sealed, open) => participant.#takeRtp(sealed, open),
      onRtcp: (packet) => readRtcp(packet, participant.#visitor),
    });
    return participant;
  }

  get local(): PeerFacts {
    return this.#peer!.local;
  }

  connect(remote: PeerRemote): Promise<void> {
    return this.#peer!.connect(remote);
  }

  connectBare(remote: { host: string; port: number }, keys: MasterKey | null): void {
    this.#peer!.connectBare(remote, keys);
  }

  /** What it sends from `start` on. */
  publish(specs: readonly StreamSpec[]): void {
    const nextTransportSequence = () => {
      this.#transportSequence = (this.#transportSequence + 1) & 0xffff;
      return this.#transportSequence;
    };
    for (const spec of specs)
      this.#sending.push({ stream: new SyntheticStream(spec, nextTransportSequence), nextAtMs: 0 });
  }

  start(): void {
    this.#isSending = true;
    const nowMs = performance.now();
    // Nobody's frames are due at the same time as another's.
    for (const sending of this.#sending)
      sending.nextAtMs = nowMs + (Math.random() * 1000) / sending.stream.spec.framesPerSecond;
  }

  stop(): void {
    this.#isSending = false;
  }

  /** To be called every few milliseconds. */
  tick(nowMs: number): void {
    if (this.#isSending) for (const sending of this.#sending) this.#sendDue(sending, nowMs);
    for (const stream of this.#received.values()) {
      const due = stream.missingPackets === 0 ? [] : stream.due(nowMs);
      if (due.length > 0)
        this.#peer!.sendRtcp(this.#compound(nowMs, [encodeNack(this.#ssrc, stream.ssrc, due)]));
    }
    if (nowMs >= this.#reportAtMs) {
      // Not all of them in the same tick.
      this.#reportAtMs = nowMs + reportEveryMs * (0.75 + Math.random() / 2);
      this.#report(nowMs);
    }
  }

  close(): void {
    this.#peer!.close();
  }

  #sendDue(sending: Sending, nowMs: number): void {
    const { stream } = sending;
    const everyMs = 1000 / stream.spec.framesPerSecond;
    // What a busy machine missed by far is left out, as a camera would.
    if (nowMs - sending.nextAtMs > 500) sending.nextAtMs = nowMs;
    while (sending.nextAtMs <= nowMs) {
      sending.nextAtMs += everyMs;
      for (const packet of stream.nextFrame(performance.now())) {
        this.#tally.sentPackets += 1;
        this.#peer!.sendRtp(packet);
      }
    }
  }

  #report(nowMs: number): void {
    if (this.#isSending)
      for (const { stream } of this.#sending)
        if (stream.sentPackets > 0) this.#peer!.sendRtcp(encodeSenderReport(stream.report()));
    if (this.#received.size === 0) return;
    const ssrcs = [...this.#received.keys()];
    const remb = encodeRemb(this.#ssrc, this.#options.bitsPerSecond, ssrcs.slice(0, 200));
    this.#peer!.sendRtcp(this.#compound(nowMs, [remb]));
  }

  /** Reports first (RFC 3550 §6.1). */
  #compound(nowMs: number, parts: readonly Buffer[]): Buffer {
    const blocks = [...this.#received.values()].map((stream) => stream.report(nowMs));
    const reports: Buffer[] = [];
    for (let at = 0; at < Math.max(blocks.length, 1); at += maxBlocks)
      reports.push(encodeReceiverReport(this.#ssrc, blocks.slice(at, at + maxBlocks)));
    return Buffer.concat([...reports, ...parts]);
  }

  #repair(ssrc: number, sequences: readonly number[]): void {
    for (const packet of this.#find(ssrc)?.repair(sequences) ?? []) this.#peer!.sendRtp(packet);
  }

  #find(ssrc: number): SyntheticStream | undefined {
    return this.#sending.find(({ stream }) => stream.spec.ssrc === ssrc)?.stream;
  }

  #takeRtp(sealed: Buffer, open: (sealed: Buffer) => Buffer | null): void {
    const { losesOneOf, repairPayloadType, picturePayloadType } = this.#options;
    this.#seen += 1;
    if (losesOneOf > 0 && this.#seen % losesOneOf === 0) return;
    const payloadType = sealed[1]! & 0x7f;
    const nowMs = performance.now();
    if (payloadType === repairPayloadType) {
      this.#takeRepair(sealed, open, nowMs);
      return;
    }
    const ssrc = sealed.readUInt32BE(8);
    let stream = this.#received.get(ssrc);
    if (stream === undefined) {
      stream = new ReceivedStream(ssrc);
      this.#received.set(ssrc, stream);
    }
    stream.take(sealed.readUInt16BE(2), nowMs);
    // Padding only, which is sent to find out what the network takes.
    if ((sealed[0]! & 0x20) !== 0) return;
    this.#tally.receivedPackets += 1;
    const isAwaited = this.firstKeyFrameAtMs === null && payloadType === picturePayloadType;
    if (!isAwaited && this.#seen % openedOneOf !== 0) return;
    const packet = open(sealed);
    if (packet === null) return;
    if (this.#seen % openedOneOf === 0 && this.#tally.delaysMs.length < maxDelays)
      this.#tally.delaysMs.push(nowMs - packet.readDoubleBE(packet.length - stampSizeBytes));
    if (isAwaited && this.#beginsKeyFrame(packet)) this.firstKeyFrameAtMs = nowMs;
  }

  #beginsKeyFrame(packet: Buffer): boolean {
    if (!this.#packet.read(packet)) return false;
    const { payloadAt, payloadEnd } = this.#packet;
    return this.#descriptor.read(packet, payloadAt, payloadEnd) && this.#descriptor.beginsKeyFrame;
  }

  /** RFC 4588 §4: the number that it had is the first of the payload. Which stream it is of is found by who misses it. */
  #takeRepair(sealed: Buffer, open: (sealed: Buffer) => Buffer | null, nowMs: number): void {
    const packet = open(sealed);
    if (packet === null || !this.#packet.read(packet)) return;
    const { payloadAt, payloadEnd } = this.#packet;
    // A probe of padding alone has none.
    if (payloadEnd - payloadAt < 2) return;
    this.#tally.repairedPackets += 1;
    const sequence = packet.readUInt16BE(payloadAt);
    for (const stream of this.#received.values()) {
      if (!stream.isMissing(sequence)) continue;
      stream.take(sequence, nowMs);
      return;
    }
  }
}
