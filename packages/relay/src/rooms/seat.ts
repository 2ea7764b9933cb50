/** One seat: its connection, what it sends and what it receives, and how long it lasts without a sign of life. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type SeatAnswer,
  SeatAnswerSchema,
  SeatConnectedSchema,
  SeatEventSchema,
  SeatRefusal,
  type SeatSource,
  SeatWatchPhase,
  type SeatWatchState,
  SeatWatchStateSchema,
} from '@sotto/protocol';
import type { LocalMedia, MediaHandler, MediaPort, MediaTransport } from '../media/mediaTransport.ts';
import { type ReportBlock, type RtcpVisitor, readRtcp, type SenderReport } from '../rtp/rtcp.ts';
import { TokenBucket } from '../turn/tokenBucket.ts';
import { Downlink } from './downlink.ts';
import type { RoomCounters } from './roomCounters.ts';
import type { SeatName } from './roomHost.ts';
import { type RoomLimits, requestLimits } from './roomLimits.ts';
import type { ConnectRequest, SendLine, WatchRequest } from './seatRequest.ts';
import type { Slot } from './slot.ts';
import { isPicture, Source, type Watchers } from './source.ts';
import { Uplink } from './uplink.ts';

/** Without a sign of life, or until it asks to be connected. */
const leaseMs = 30_000;
/** From a request to be connected, while it never was; and however often it asks. */
const firstLeaseMs = 10_000;
const longestFirstLeaseMs = 60_000;
const reportEveryMs = 1000;
const tellArrivalsEveryMs = 50;
const steerEveryMs = 100;
const shareEveryMs = 200;

export interface SeatOptions {
  readonly name: SeatName;
  readonly media: MediaPort;
  readonly limits: RoomLimits;
  readonly counters: RoomCounters;
  /** Whoever watches that source, now or when it comes. */
  readonly watchersOf: (joinId: string, kind: SeatSource) => Watchers;
  /** Whether one more may send. */
  readonly maySend: () => boolean;
  readonly nowMs: () => number;
}

export class Seat implements MediaHandler, RtcpVisitor {
  readonly name: SeatName;
  readonly #options: SeatOptions;
  readonly #openedAtMs: number;
  #askedAtMs: number;
  #fingerprint: Uint8Array | null = null;
  #connection = 0;
  #ufrag = '';
  #local: LocalMedia | null = null;
  #transport: MediaTransport | null = null;
  #uplink: Uplink | null = null;
  #downlink: Downlink | null = null;
  readonly sources = new Map<SeatSource, Source>();
  #watchRevision = 0;
  readonly requests: TokenBucket;
  readonly #reports: TokenBucket;
  #wasConnected = false;
  /** The connection ended from the other side: only another one helps. */
  #isOver = false;
  #events = 0;
  /** Something that its page is to be told. */
  hasNews = false;
  eventAtMs = Number.NEGATIVE_INFINITY;
  #toldStates = '';
  #nowMs: number;
  readonly #dueAtMs = { report: 0, arrivals: 0, steer: 0, share: 0 };

  constructor(options: SeatOptions) {
    this.name = options.name;
    this.#options = options;
    this.#nowMs = options.nowMs();
    this.#openedAtMs = this.#nowMs;
    this.#askedAtMs = this.#nowMs;
    this.requests = new TokenBucket(options.limits.requestsPerSeat, this.#nowMs);
    this.#reports = new TokenBucket(options.limits.reportsPerSeat, this.#nowMs);
  }

  get isSender(): boolean {
    return this.sources.size > 0;
  }

  get isConnected(): boolean {
    return this.#transport?.isConnected ?? false;
  }

  /** Nothing came from its page for too long. */
  isLost(nowMs: number): boolean {
    if (this.#wasConnected) return nowMs - (this.#transport?.lastAliveMs ?? this.#askedAtMs) > leaseMs;
    if (this.#transport === null) return nowMs - this.#openedAtMs > leaseMs;
    const untilMs = Math.min(this.#askedAtMs + firstLeaseMs, this.#openedAtMs + longestFirstLeaseMs);
    return nowMs > untilMs;
  }

  connect(request: ConnectRequest, addresses: readonly string[]): SeatAnswer {
    const { sends, connection, fingerprint } = request;
    if (this.#fingerprint !== null && Buffer.compare(this.#fingerprint, fingerprint) !== 0)
      return refused(SeatRefusal.FINGERPRINT);
    if (connection < this.#connection || !this.#agrees(request)) return refused(SeatRefusal.MALFORMED);
    if (sends.length > 0 && !this.isSender && !this.#options.maySend()) return refused(SeatRefusal.FULL);
    if (connection === this.#connection && this.#isOver) return refused(SeatRefusal.FAILED);
    this.#fingerprint = fingerprint;
    const nowMs = this.#options.nowMs();
    this.#askedAtMs = nowMs;
    if (connection > this.#connection || this.#transport === null) this.#open(request, nowMs);
    else if (request.ufrag !== this.#ufrag) this.#local = this.#transport.restart(request);
    this.#ufrag = request.ufrag;
    this.#addLines(request, nowMs);
    return this.#connected(request, addresses);
  }

  /** Lines stay what they are for as long as the connection does. */
  #agrees({ connection, sends, receives }: ConnectRequest): boolean {
    if (connection !== this.#connection) return true;
    const lines = new Set([...(this.#downlink?.slots.keys() ?? []), ...receives.map(({ mid }) => mid)]);
    if (lines.size > requestLimits.receiveLines) return false;
    const areSends = sends.every(({ kind, mid, rids }) => {
      const source = this.sources.get(kind);
      return source === undefined || (source.mid === mid && source.rids.join() === rids.join());
    });
    return (
      areSends &&
      receives.every(({ mid, isPicture }) => {
        const slot = this.#downlink?.slots.get(mid);
        return slot === undefined || slot.isPicture === isPicture;
      })
    );
  }

  #open(request: ConnectRequest, nowMs: number): void {
    this.#close();
    const { ufrag, pwd, fingerprint, payloadTypes, extensions } = request;
    const { media, counters, limits } = this.#options;
    const transport = media.open({ remote: { ufrag, pwd, fingerprint }, handler: this });
    this.#connection = request.connection;
    this.#transport = transport;
    this.#isOver = false;
    this.#local = transport.local;
    const sendRtcp = (bytes: Buffer) => {
      transport.sendRtcp(bytes);
    };
    this.#uplink = new Uplink({ payloadTypes, extensions, counters, sendRtcp });
    this.#downlink = new Downlink({ payloadTypes, extensions, counters, limits, transport, nowMs });
  }

  #addLines({ sends, receives }: ConnectRequest, nowMs: number): void {
    for (const line of sends) if (!this.sources.has(line.kind)) this.#addSource(line, nowMs);
    for (const line of receives) if (!this.#downlink!.slots.has(line.mid)) this.#downlink!.add(line);
  }

  #addSource(line: SendLine, nowMs: number): void {
    const { limits, watchersOf } = this.#options;
    const { joinId } = this.name;
    const watchers = watchersOf(joinId, line.kind);
    const rate = isPicture(line.kind) ? limits.picture : limits.sound;
    const source = new Source(line, { joinId, watchers, rate, nowMs });
    this.sources.set(line.kind, source);
    this.#uplink!.add(source, line);
    watchers.source = source;
    for (const slot of watchers.slots) slot.restart();
  }

  #connected({ receives }: ConnectRequest, addresses: readonly string[]): SeatAnswer {
    const { ufrag, pwd, fingerprint, candidates } = this.#local!;
    const announced =
      addresses.length === 0
        ? candidates
        : [...new Map(candidates.map((each) => [`${each.port} ${each.isTcp}`, each])).values()].flatMap(
            ({ port, isTcp }) => addresses.map((address) => ({ address, port, isTcp })),
          );
    const value = create(SeatConnectedSchema, {
      iceUfrag: ufrag,
      icePwd: pwd,
      fingerprint,
      candidates: [...announced],
      receives: receives.map(({ mid }) => {
        const { ssrc, rtxSsrc } = this.#downlink!.slots.get(mid)!;
        return { mid, ssrc, rtxSsrc };
      }),
    });
    return create(SeatAnswerSchema, { kind: { case: 'connected', value } });
  }

  watch({ revision, watches }: WatchRequest): SeatAnswer {
    const downlink = this.#downlink;
    if (downlink === null) return refused(SeatRefusal.NOT_CONNECTED);
    const answer = create(SeatAnswerSchema, { kind: { case: 'watched', value: {} } });
    if (revision <= this.#watchRevision) {
      this.hasNews = true;
      return answer;
    }
    const fits = ({ mid, kind }: { mid: string; kind: SeatSource }) =>
      downlink.slots.get(mid)?.isPicture === isPicture(kind);
    if (!watches.every(fits)) return refused(SeatRefusal.MALFORMED);
    this.#watchRevision = revision;
    this.hasNews = true;
    this.#dueAtMs.share = 0;
    this.#dueAtMs.steer = 0;
    const wanted = new Map(watches.map((line, order) => [line.mid, { ...line, order }]));
    for (const [mid, slot] of downlink.slots) {
      const line = wanted.get(mid);
      if (line === undefined) slot.show(null);
      else {
        const watchers = this.#options.watchersOf(line.joinId, line.kind);
        const { maxLayer, isPriority, order } = line;
        slot.show({ watchers, maxLayer, isPriority, order });
      }
    }
    return answer;
  }

  onConnected(): void {
    this.#wasConnected = true;
    this.hasNews = true;
  }

  onClosed(): void {
    this.#isOver = true;
    this.hasNews = true;
  }

  onRtp(packet: Buffer, nowMs: number): void {
    this.#uplink?.receive(packet, nowMs);
  }

  onRtcp(packet: Buffer, nowMs: number): void {
    const { counters } = this.#options;
    if (!this.#reports.take(1, nowMs)) {
      counters.droppedSeatRate += 1;
      return;
    }
    this.#nowMs = nowMs;
    if (!readRtcp(packet, this)) counters.droppedMalformed += 1;
  }

  senderReport(report: SenderReport): void {
    this.#uplink?.senderReport(report, this.#nowMs);
  }

  reportBlock(block: ReportBlock): void {
    this.#downlink?.block(block, this.#nowMs);
  }

  nack(ssrc: number, sequences: readonly number[]): void {
    this.#downlink?.nack(ssrc, sequences, this.#nowMs);
  }

  pictureLoss(ssrc: number): void {
    this.#downlink?.pictureLoss(ssrc, this.#nowMs);
  }

  remb(bitsPerSecond: number): void {
    this.#downlink?.remb(bitsPerSecond, this.#nowMs);
  }

  /** Whatever is due. */
  sweep(nowMs: number): void {
    const uplink = this.#uplink;
    const downlink = this.#downlink;
    if (uplink === null || downlink === null || !this.isConnected) return;
    const due = this.#dueAtMs;
    if (nowMs >= due.share) {
      due.share = nowMs + shareEveryMs;
      downlink.share(nowMs);
    }
    if (nowMs >= due.steer) {
      due.steer = nowMs + steerEveryMs;
      downlink.steer(nowMs);
    }
    downlink.probe(nowMs);
    if (this.sources.size > 0) uplink.ask(nowMs);
    if (nowMs >= due.arrivals) {
      due.arrivals = nowMs + tellArrivalsEveryMs;
      uplink.tellArrivals();
    }
    if (nowMs >= due.report) {
      due.report = nowMs + reportEveryMs;
      uplink.reportBlocks(nowMs);
      downlink.weigh(nowMs);
    }
  }

  /** Looks whether its page is to be told something of its own lines; five times a second. */
  look(nowMs: number): void {
    const states = [...this.#watchStates(nowMs).map(({ mid, phase, layer }) => `${mid} ${phase} ${layer}`)];
    for (const source of this.sources.values()) states.push(`${source.kind} ${source.wantedLayers}`);
    const said = states.join();
    if (said === this.#toldStates) return;
    this.#toldStates = said;
    this.hasNews = true;
  }

  /** The seat's own part of an event: it is put behind what all are told. */
  event(nowMs: number): Uint8Array {
    this.hasNews = false;
    this.eventAtMs = nowMs;
    this.#events += 1;
    const event = create(SeatEventSchema, {
      number: BigInt(this.#events),
      watchRevision: this.#watchRevision,
      watches: this.#watchStates(nowMs),
      wanted: [...this.sources.values()]
        .filter(({ isPicture }) => isPicture)
        .map(({ kind, wantedLayers }) => ({ source: kind, layers: wantedLayers })),
    });
    return toBinary(SeatEventSchema, event);
  }

  #watchStates(nowMs: number): SeatWatchState[] {
    const states: SeatWatchState[] = [];
    for (const slot of this.#downlink?.slots.values() ?? []) {
      if (slot.watch === null) continue;
      const phase = phaseOf(slot, nowMs);
      const layer = phase === SeatWatchPhase.ACTIVE ? Math.max(0, slot.current) : 0;
      states.push(create(SeatWatchStateSchema, { mid: slot.mid, phase, layer }));
    }
    return states;
  }

  /** The connection ends; whoever watches waits for what comes in its place. */
  #close(): void {
    this.#transport?.close();
    this.#transport = null;
    this.#downlink?.close();
    for (const source of this.sources.values()) {
      if (source.watchers.source !== source) continue;
      source.watchers.source = null;
      for (const slot of source.watchers.slots) slot.restart();
    }
    this.sources.clear();
  }

  close(): void {
    this.#close();
    this.#uplink = null;
    this.#downlink = null;
  }
}

function phaseOf(slot: Slot, nowMs: number): SeatWatchPhase {
  if (slot.source === null) return SeatWatchPhase.WAITING;
  if (slot.target < 0) return SeatWatchPhase.PAUSED;
  const isActive = slot.current >= 0 && slot.source.arrivingLayers(nowMs) !== 0;
  return isActive ? SeatWatchPhase.ACTIVE : SeatWatchPhase.WAITING;
}

export function refused(reason: SeatRefusal): SeatAnswer {
  return create(SeatAnswerSchema, { kind: { case: 'refused', value: { reason } } });
}
