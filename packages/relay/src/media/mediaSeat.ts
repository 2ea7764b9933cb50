/**
 * One peer: the paths it proved to be on, its handshake, and the keys of its media. It keeps the order that makes the rest safe:
 * a handshake only by a path of the seat, media only under the keys of a handshake with the seat's certificate.
 */
import { type DtlsEvent, DtlsServer } from '../dtls/dtlsServer.ts';
import type { DtlsIdentity } from '../dtls/identity.ts';
import { answerCheck, createIceSession, type IceSession, isProof, proofRequest } from '../ice/iceSession.ts';
import { SeatPaths } from '../ice/seatPaths.ts';
import { isRtcp } from '../srtp/rtpPacket.ts';
import { createSrtpCipher } from '../srtp/srtpCipher.ts';
import { deriveSessionKeys } from '../srtp/srtpKeys.ts';
import { type SrtpProblem, SrtpReceiver } from '../srtp/srtpReceiver.ts';
import { frameHeaderSizeBytes, SrtpSender } from '../srtp/srtpSender.ts';
import type { StunMessage } from '../stun/stunMessage.ts';
import { TokenBucket } from '../turn/tokenBucket.ts';
import type { MediaCounters } from './mediaCounters.ts';
import type { MediaLimits } from './mediaLimits.ts';
import type { MediaPath, PathUser } from './mediaPath.ts';
import type {
  LocalMedia,
  MediaCandidate,
  MediaClosedReason,
  MediaHandler,
  MediaTransport,
  RemoteMedia,
} from './mediaTransport.ts';

/** What seats of a port share. */
export interface MediaSeatHost {
  readonly identity: DtlsIdentity;
  readonly counters: MediaCounters;
  readonly limits: MediaLimits;
  readonly candidates: readonly MediaCandidate[];
  nowMs(): number;
  /** False: too many handshakes, of this address or in all. It is told again when the handshake is over. */
  mayShakeHands(seat: MediaSeat, address: string): boolean;
  handshakeOver(seat: MediaSeat): void;
  /** Checks come under its name from now on, or no longer. */
  addSession(session: IceSession, seat: MediaSeat): void;
  deleteSession(session: IceSession): void;
  ended(seat: MediaSeat): void;
}

interface MediaKeys {
  readonly sender: SrtpSender;
  readonly receiver: SrtpReceiver;
}

const firstRtpByte = 128;

export class MediaSeat implements MediaTransport, PathUser {
  lastAliveMs: number;
  readonly #host: MediaSeatHost;
  readonly #remote: RemoteMedia;
  readonly #handler: MediaHandler;
  readonly #paths = new SeatPaths();
  readonly #checks: TokenBucket;
  #session: IceSession;
  /** Before a restart that the peer has not come through yet. */
  #previous: IceSession | null = null;
  #dtls: DtlsServer | null = null;
  #handshakeSinceMs = 0;
  #dtlsPath: MediaPath | null = null;
  /** By which the whole handshake went so far: who ends it got what was sent there. */
  #handshakePath: MediaPath | null = null;
  #keys: MediaKeys | null = null;
  #isOver = false;

  constructor(host: MediaSeatHost, { remote, handler }: { remote: RemoteMedia; handler: MediaHandler }) {
    this.#host = host;
    this.#remote = remote;
    this.#handler = handler;
    this.lastAliveMs = host.nowMs();
    this.#checks = new TokenBucket(host.limits.checksPerSeat, this.lastAliveMs);
    this.#session = createIceSession(0, remote);
    host.addSession(this.#session, this);
  }

  get local(): LocalMedia {
    const { ufrag, pwd } = this.#session;
    const { identity, candidates } = this.#host;
    return { ufrag, pwd, fingerprint: identity.fingerprint, candidates };
  }

  get isConnected(): boolean {
    return this.#keys !== null && !this.#isOver;
  }

  restart(remote: { readonly ufrag: string; readonly pwd: string }): LocalMedia {
    if (this.#isOver) return this.local;
    if (this.#previous !== null) this.#host.deleteSession(this.#previous);
    this.#previous = this.#session;
    this.#session = createIceSession(this.#session.generation + 1, remote);
    this.#host.addSession(this.#session, this);
    return this.local;
  }

  sendRtp(packet: Buffer): boolean {
    const path = this.#sendingPath();
    const sealed = path === null ? null : this.#keys!.sender.protectRtp(packet);
    return path !== null && sealed !== null && this.#sendSealed(path, sealed);
  }

  sendRtcp(packet: Buffer): boolean {
    const path = this.#sendingPath();
    const sealed = path === null ? null : this.#keys!.sender.protectRtcp(packet);
    return path !== null && sealed !== null && this.#sendSealed(path, sealed);
  }

  close(): void {
    if (this.#isOver) return;
    this.#dtls?.close();
    this.#end();
  }

  /** A Binding request under the name of one of its sessions. */
  check(path: MediaPath, request: StunMessage, ufrag: string): void {
    const { counters } = this.#host;
    const nowMs = this.#host.nowMs();
    const session = this.#previous?.ufrag === ufrag ? this.#previous : this.#session;
    if (!this.#checks.take(1, nowMs)) {
      counters.droppedFlood += 1;
      return;
    }
    const outcome = answerCheck(request, session, path);
    if (outcome.kind === 'notAuthentic') {
      counters.droppedNotAuthentic += 1;
      return;
    }
    if (outcome.kind === 'valid') {
      this.lastAliveMs = nowMs;
      counters.answeredChecks += 1;
      this.#keep(path);
      const { nominates, priority } = outcome;
      const { generation } = session;
      const pushedOut = this.#paths.checked(path, { generation, priority, nominates }, nowMs);
      pushedOut?.releaseSeat();
      if (nominates && session === this.#session) this.#forgetPrevious();
    }
    this.#sendBy(path, outcome.reply, 0);
    // Before the handshake is done it is that which proves its path.
    const proofId = outcome.kind === 'valid' && this.#keys !== null ? this.#paths.wantedProof(path) : null;
    if (proofId !== null) this.#sendBy(path, proofRequest(session, proofId), 0);
  }

  /** An answer to a Binding request, by a path of the seat. */
  answer(path: MediaPath, answer: StunMessage): boolean {
    const proofId = this.#paths.wantedProof(path);
    const sessions = this.#previous === null ? [this.#session] : [this.#session, this.#previous];
    if (proofId === null || !sessions.some((session) => isProof(answer, session, proofId))) return false;
    this.#paths.proved(path, this.#host.nowMs());
    return true;
  }

  receive(path: MediaPath, bytes: Buffer, nowMs: number): void {
    if (bytes[0]! < firstRtpByte) this.#receiveDtls(path, bytes, nowMs);
    else this.#receiveMedia(path, bytes, nowMs);
  }

  lost(path: MediaPath): void {
    this.#paths.delete(path);
    if (this.#dtlsPath === path) this.#dtlsPath = null;
    if (this.#handshakePath === path) this.#handshakePath = null;
  }

  /** Some ten times a second while a handshake is under way. */
  tick(nowMs: number): void {
    if (nowMs - this.#handshakeSinceMs > this.#host.limits.handshakeLifetimeMs) this.#fail('handshakeFailed');
    else this.#dtls?.tick(nowMs);
  }

  /** Every few seconds. */
  sweep(nowMs: number): void {
    for (const path of this.#paths.sweep(nowMs)) path.releaseSeat();
  }

  /** Null: not connected, or nowhere to send to. */
  #sendingPath(): MediaPath | null {
    return this.#keys === null ? null : this.#paths.selected(this.#host.nowMs());
  }

  #sendSealed(path: MediaPath, sealed: Buffer): boolean {
    if (!this.#sendBy(path, sealed, frameHeaderSizeBytes)) return false;
    this.#host.counters.sentPackets += 1;
    this.#host.counters.sentBytes += sealed.length - frameHeaderSizeBytes;
    return true;
  }

  #sendBy(path: MediaPath, bytes: Buffer, start: number): boolean {
    const isSent = path.send(bytes, start, bytes.length);
    if (!isSent) this.#host.counters.droppedBacklog += 1;
    return isSent;
  }

  #keep(path: MediaPath): void {
    if (path.seat === this) return;
    path.seat?.lost(path);
    path.keepSeat(this);
  }

  #receiveDtls(path: MediaPath, bytes: Buffer, nowMs: number): void {
    this.#dtlsPath = path;
    if (this.#handshakePath !== path) this.#handshakePath = null;
    const dtls = this.#dtls ?? this.#startHandshake(path, nowMs);
    if (dtls?.receive(bytes, nowMs) === false) this.#host.counters.droppedMalformed += 1;
  }

  #startHandshake(path: MediaPath, nowMs: number): DtlsServer | null {
    if (!this.#host.mayShakeHands(this, path.address)) {
      this.#host.counters.droppedFlood += 1;
      return null;
    }
    this.#handshakeSinceMs = nowMs;
    this.#handshakePath = path;
    this.#dtls = new DtlsServer({
      identity: this.#host.identity,
      peerFingerprint: this.#remote.fingerprint,
      send: (datagram) => {
        // Once there is media, the peer is where that goes; what it asks for again before is for where it asked.
        const selected = this.#paths.selected(this.#host.nowMs());
        const to = this.#keys === null ? (this.#dtlsPath ?? selected) : (selected ?? this.#dtlsPath);
        if (to !== null) this.#sendBy(to, datagram, 0);
      },
      told: (event) => this.#told(event),
    });
    return this.#dtls;
  }

  #told(event: DtlsEvent): void {
    switch (event.kind) {
      case 'connected': {
        const { profile, keys } = event;
        this.#keys = {
          sender: new SrtpSender(createSrtpCipher(profile, deriveSessionKeys(profile, keys.server))),
          receiver: new SrtpReceiver(createSrtpCipher(profile, deriveSessionKeys(profile, keys.client))),
        };
        this.#host.counters.handshakes += 1;
        this.#host.counters.connectedSeats += 1;
        this.#host.handshakeOver(this);
        if (this.#handshakePath !== null) this.#paths.proved(this.#handshakePath, this.#host.nowMs());
        this.#handler.onConnected();
        break;
      }
      case 'failed':
        this.#fail('handshakeFailed');
        break;
      case 'notThePeer':
        this.#fail('notThePeer');
        break;
      case 'closed':
        this.#fail('closedByPeer');
        break;
    }
  }

  #receiveMedia(path: MediaPath, bytes: Buffer, nowMs: number): void {
    const { counters } = this.#host;
    if (this.#keys === null) {
      counters.droppedNotAuthentic += 1;
      return;
    }
    const { receiver } = this.#keys;
    const sizeBytes = bytes.length;
    const isReport = isRtcp(bytes);
    const packet = isReport ? receiver.unprotectRtcp(bytes) : receiver.unprotectRtp(bytes);
    if (typeof packet === 'string') {
      this.#count(packet);
      return;
    }
    counters.receivedPackets += 1;
    counters.receivedBytes += sizeBytes;
    this.lastAliveMs = nowMs;
    this.#paths.used(path);
    if (isReport) this.#handler.onRtcp(packet, nowMs);
    else this.#handler.onRtp(packet, nowMs);
  }

  #count(problem: SrtpProblem): void {
    const { counters } = this.#host;
    if (problem === 'malformed') counters.droppedMalformed += 1;
    else if (problem === 'replayed') counters.droppedReplayed += 1;
    else counters.droppedNotAuthentic += 1;
  }

  #forgetPrevious(): void {
    if (this.#previous === null) return;
    this.#host.deleteSession(this.#previous);
    this.#previous = null;
  }

  #fail(reason: MediaClosedReason): void {
    if (this.#isOver) return;
    if (this.#keys === null) this.#host.counters.failedHandshakes += 1;
    this.#end();
    this.#handler.onClosed(reason);
  }

  #end(): void {
    this.#isOver = true;
    if (this.#keys !== null) this.#host.counters.connectedSeats -= 1;
    this.#keys = null;
    this.#forgetPrevious();
    this.#host.deleteSession(this.#session);
    this.#host.handshakeOver(this);
    for (const path of this.#paths.clear()) path.releaseSeat();
    this.#dtlsPath = null;
    this.#host.ended(this);
  }
}
