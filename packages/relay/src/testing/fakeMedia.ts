/** For tests: the network below rooms, in memory. What is sent is there at once, as often as it was sent. */
import type {
  LocalMedia,
  MediaHandler,
  MediaPort,
  MediaTransport,
  RemoteMedia,
} from '../media/mediaTransport.ts';

/** Before numbers come round again. */
const sequencesKept = 20_000;

export class FakeMedia implements MediaPort {
  readonly transports: FakeTransport[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  open({ remote, handler }: { remote: RemoteMedia; handler: MediaHandler }): FakeTransport {
    const transport = new FakeTransport(remote, handler, this.#nowMs);
    this.transports.push(transport);
    return transport;
  }
}

export class FakeTransport implements MediaTransport {
  remote: { readonly ufrag: string; readonly pwd: string };
  readonly handler: MediaHandler;
  readonly #nowMs: () => number;
  isConnected = false;
  isClosed = false;
  lastAliveMs: number;
  restarts = 0;
  /** What arrives at the other side. */
  onRtp: (packet: Buffer) => void = () => {};
  onRtcp: (packet: Buffer) => void = () => {};
  /** By SSRC, what numbers were sent of late: the real one sends none twice. */
  readonly #sent = new Map<number, Set<number>>();

  constructor(remote: RemoteMedia, handler: MediaHandler, nowMs: () => number) {
    this.remote = remote;
    this.handler = handler;
    this.#nowMs = nowMs;
    this.lastAliveMs = nowMs();
  }

  get local(): LocalMedia {
    const candidates = [false, true].map((isTcp) => ({ address: '192.0.2.1', port: 3478, isTcp }));
    return {
      ufrag: `relay${this.restarts}`,
      pwd: 'password-of-the-relay-here',
      fingerprint: Buffer.alloc(32, 7),
      candidates,
    };
  }

  connect(): void {
    this.isConnected = true;
    this.lastAliveMs = this.#nowMs();
    this.handler.onConnected();
  }

  restart(remote: { readonly ufrag: string; readonly pwd: string }): LocalMedia {
    this.remote = remote;
    this.restarts += 1;
    return this.local;
  }

  sendRtp(packet: Buffer): boolean {
    if (!this.isConnected) return false;
    const ssrc = packet.readUInt32BE(8);
    const sequence = packet.readUInt16BE(2);
    const sent = this.#sent.get(ssrc) ?? new Set();
    if (sent.has(sequence)) throw new Error('a number was sent twice');
    this.#sent.set(ssrc, sent.add(sequence));
    if (sent.size > sequencesKept) sent.delete(sent.keys().next().value!);
    this.onRtp(Buffer.from(packet));
    return true;
  }

  sendRtcp(packet: Buffer): boolean {
    if (!this.isConnected) return false;
    this.onRtcp(Buffer.from(packet));
    return true;
  }

  close(): void {
    this.isConnected = false;
    this.isClosed = true;
  }
}
