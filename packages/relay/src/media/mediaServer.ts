/**
 * The media port without sockets (spec/relay.md §Media): finds the seat that something is for. What is of no seat is dropped
 * without a word, and costs one look into a table.
 */
import { createDtlsIdentity, type DtlsIdentity } from '../dtls/identity.ts';
import { type IceSession, localUfragOf } from '../ice/iceSession.ts';
import { attributes } from '../stun/constants.ts';
import { StunMessage } from '../stun/stunMessage.ts';
import { type RelayClock, systemRelayClock } from '../turn/clock.ts';
import { SourceBuckets } from '../turn/tokenBucket.ts';
import { sourceOf } from '../turn/turnServer.ts';
import { createMediaCounters, type MediaCounters } from './mediaCounters.ts';
import { defaultMediaLimits, type MediaLimits } from './mediaLimits.ts';
import type { MediaPath } from './mediaPath.ts';
import { MediaSeat, type MediaSeatHost } from './mediaSeat.ts';
import type {
  MediaCandidate,
  MediaHandler,
  MediaPort,
  MediaTransport,
  RemoteMedia,
} from './mediaTransport.ts';

export interface MediaServerOptions {
  readonly clock?: RelayClock | undefined;
  readonly limits?: Partial<MediaLimits> | undefined;
}

export class MediaServer implements MediaPort {
  readonly counters: MediaCounters = createMediaCounters();
  /** Of all seats that say where they are from now on. */
  candidates: readonly MediaCandidate[] = [];
  readonly #clock: RelayClock;
  readonly #limits: MediaLimits;
  /** One for the process. */
  readonly #identity: DtlsIdentity;
  readonly #seats = new Set<MediaSeat>();
  readonly #sessions = new Map<string, MediaSeat>();
  readonly #shakingHands = new Set<MediaSeat>();
  readonly #checks: SourceBuckets;
  readonly #handshakes: SourceBuckets;

  constructor({ clock = systemRelayClock, limits }: MediaServerOptions = {}) {
    this.#clock = clock;
    this.#limits = { ...defaultMediaLimits, ...limits };
    this.#identity = createDtlsIdentity(clock.wallMs());
    this.#checks = new SourceBuckets(this.#limits.checksPerSource);
    this.#handshakes = new SourceBuckets(this.#limits.handshakesPerSource);
  }

  open(options: { readonly remote: RemoteMedia; readonly handler: MediaHandler }): MediaTransport {
    const seat = new MediaSeat(this.#host(), options);
    this.#seats.add(seat);
    this.counters.seats = this.#seats.size;
    return seat;
  }

  /** Takes a Binding request that is for a seat; false: it names none, and may be somebody else's. */
  receiveCheck(path: MediaPath, bytes: Buffer): boolean {
    const request = StunMessage.decode(bytes);
    const username = request?.find(attributes.username) ?? null;
    // With a realm, they are credentials of a TURN client.
    if (request === null || username === null || request.find(attributes.realm) !== null) return false;
    const ufrag = localUfragOf(username);
    const seat = ufrag === null ? undefined : this.#sessions.get(ufrag);
    if (seat === undefined || ufrag === null) this.counters.droppedNotAuthentic += 1;
    else if (path.seat !== seat && !this.#checks.take(sourceOf(path.address), this.#clock.nowMs()))
      this.counters.droppedFlood += 1;
    else seat.check(path, request, ufrag);
    return true;
  }

  /** Takes an answer to a Binding request, by a path of a seat; false: it is nobody's here. */
  receiveAnswer(path: MediaPath, bytes: Buffer): boolean {
    const answer = path.seat === null ? null : StunMessage.decode(bytes);
    if (path.seat === null || answer === null) return false;
    if (!path.seat.answer(path, answer)) this.counters.droppedNotAuthentic += 1;
    return true;
  }

  /** DTLS, SRTP or SRTCP. */
  receive(path: MediaPath, bytes: Buffer): void {
    if (path.seat === null) this.counters.droppedNotAuthentic += 1;
    else path.seat.receive(path, bytes, this.#clock.nowMs());
  }

  disconnected(path: MediaPath): void {
    path.seat?.lost(path);
  }

  /** To be called some ten times a second. */
  tick(): void {
    const nowMs = this.#clock.nowMs();
    for (const seat of [...this.#shakingHands]) seat.tick(nowMs);
  }

  /** To be called every few seconds. */
  sweep(): void {
    const nowMs = this.#clock.nowMs();
    for (const seat of this.#seats) seat.sweep(nowMs);
  }

  /** Ends all, and tells the peers. */
  close(): void {
    for (const seat of [...this.#seats]) seat.close();
  }

  #host(): MediaSeatHost {
    return {
      identity: this.#identity,
      counters: this.counters,
      limits: this.#limits,
      candidates: this.candidates,
      nowMs: () => this.#clock.nowMs(),
      mayShakeHands: (seat, address) => this.#mayShakeHands(seat, address),
      handshakeOver: (seat) => this.#shakingHands.delete(seat),
      addSession: ({ ufrag }: IceSession, seat) => this.#sessions.set(ufrag, seat),
      deleteSession: ({ ufrag }: IceSession) => this.#sessions.delete(ufrag),
      ended: (seat) => {
        this.#seats.delete(seat);
        this.counters.seats = this.#seats.size;
      },
    };
  }

  #mayShakeHands(seat: MediaSeat, address: string): boolean {
    if (this.#shakingHands.size >= this.#limits.handshakes) return false;
    if (!this.#handshakes.take(sourceOf(address), this.#clock.nowMs())) return false;
    this.#shakingHands.add(seat);
    return true;
  }
}
