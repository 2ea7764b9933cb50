/** For tests: the media port without sockets, with time moved by hand, and peers of it. */
import { randomBytes } from 'node:crypto';
import { createDtlsIdentity } from '../../dtls/identity.ts';
import type { MediaLimits } from '../../media/mediaLimits.ts';
import { MediaServer } from '../../media/mediaServer.ts';
import type { LocalMedia, MediaHandler, MediaTransport, RemoteMedia } from '../../media/mediaTransport.ts';
import { createSrtpCipher } from '../../srtp/srtpCipher.ts';
import { deriveSessionKeys } from '../../srtp/srtpKeys.ts';
import type { SrtpProfile } from '../../srtp/srtpProfile.ts';
import { frameHeaderSizeBytes, SrtpSender } from '../../srtp/srtpSender.ts';
import { attributes, classes, methods } from '../../stun/constants.ts';
import { encodeStun } from '../../stun/encodeStun.ts';
import { TestPath } from '../testTurn.ts';
import { DtlsClient } from './dtlsClient.ts';

/** One for all: a key takes time. */
const identity = createDtlsIdentity(Date.UTC(2030, 0, 1));

export interface CheckOptions {
  readonly nominates?: boolean;
  readonly priority?: number;
  readonly local?: LocalMedia;
  readonly remoteUfrag?: string;
  readonly pwd?: string;
  /** Beside those of a check. */
  readonly more?: readonly (readonly [type: number, value: Uint8Array])[];
}

export class TestMedia {
  nowMs = 1000;
  readonly server: MediaServer;
  #ports = 40_000;

  constructor(limits: Partial<MediaLimits> = {}) {
    const clock = { nowMs: () => this.nowMs, wallMs: () => 1_900_000_000_000 + this.nowMs };
    this.server = new MediaServer({ clock, limits });
  }

  path(address = '192.0.2.7'): TestPath {
    // Fuzzing asks for many.
    this.#ports = this.#ports === 0xffff ? 1024 : this.#ports + 1;
    return new TestPath(address, this.#ports);
  }

  openSeat(): TestMediaSeat {
    return new TestMediaSeat(this);
  }
}

export class TestMediaSeat implements MediaHandler {
  readonly transport: MediaTransport;
  readonly path: TestPath;
  readonly remote: RemoteMedia = {
    ufrag: 'peer',
    pwd: randomBytes(18).toString('base64'),
    fingerprint: identity.fingerprint,
  };
  /** `connected`, or why it is over. */
  readonly happened: string[] = [];
  readonly received: Buffer[] = [];
  /** What the peer sent to connect. */
  readonly sent: Buffer[] = [];
  readonly #media: TestMedia;
  #sender: SrtpSender | null = null;

  constructor(media: TestMedia) {
    this.#media = media;
    this.path = media.path();
    this.transport = media.server.open({ remote: this.remote, handler: this });
  }

  onConnected(): void {
    this.happened.push('connected');
  }

  onRtp(packet: Buffer): void {
    this.received.push(packet);
  }

  onRtcp(packet: Buffer): void {
    this.received.push(packet);
  }

  onClosed(reason: string): void {
    this.happened.push(reason);
  }

  /** A check of connectivity, signed. */
  check(options: CheckOptions = {}): Buffer {
    const { nominates = true, priority = 1000, local = this.transport.local, more = [] } = options;
    const value = Buffer.alloc(4);
    value.writeUInt32BE(priority);
    return encodeStun({
      method: methods.binding,
      class: classes.request,
      transactionId: randomBytes(12),
      attributes: [
        [attributes.username, Buffer.from(`${local.ufrag}:${options.remoteUfrag ?? this.remote.ufrag}`)],
        [attributes.priority, value],
        ...(nominates ? [[attributes.useCandidate, Buffer.alloc(0)] as const] : []),
        ...more,
      ],
      key: Buffer.from(options.pwd ?? local.pwd),
      hasFingerprint: true,
    });
  }

  /** Sends a check by the path; what was answered. Where the relay asks back, it is answered, too. */
  checkBy(path: TestPath, options: CheckOptions = {}): Buffer | null {
    this.#media.server.receiveCheck(path, this.check(options));
    const answer = path.sent.shift() ?? null;
    const asked = path.sent.shift();
    if (asked !== undefined) this.#media.server.receiveAnswer(path, this.answerTo(asked));
    return answer;
  }

  /** To what the relay asks by a path. */
  answerTo(request: Buffer, pwd = this.remote.pwd): Buffer {
    return encodeStun({
      method: methods.binding,
      class: classes.success,
      transactionId: request.subarray(8, 20),
      attributes: [],
      key: Buffer.from(pwd),
      hasFingerprint: true,
    });
  }

  /** Checks and shakes hands, by its own path; or ends the handshake as if from another. */
  connect(profiles?: readonly SrtpProfile[], endsBy: TestPath = this.path): void {
    this.checkBy(this.path);
    const client = new DtlsClient({
      identity,
      profiles,
      serverFingerprint: this.transport.local.fingerprint,
      send: (datagram) => {
        this.sent.push(Buffer.from(datagram));
        const path = this.sent.length === 1 ? this.path : endsBy;
        this.#media.server.receive(path, Buffer.from(datagram));
      },
      connected: (profile, { client: keys }) => {
        this.#sender = new SrtpSender(createSrtpCipher(profile, deriveSessionKeys(profile, keys)));
      },
      ended: () => {},
    });
    client.start(this.#media.nowMs);
    const next = () => this.path.sent.shift() ?? endsBy.sent.shift();
    for (let bytes = next(); bytes !== undefined; bytes = next()) client.receive(bytes, this.#media.nowMs);
  }

  sealRtp(packet: Buffer): Buffer {
    return this.#sealed(this.#sender?.protectRtp(packet));
  }

  sealRtcp(packet: Buffer): Buffer {
    return this.#sealed(this.#sender?.protectRtcp(packet));
  }

  #sealed(bytes: Buffer | null | undefined): Buffer {
    if (bytes === null || bytes === undefined) throw new Error('Not connected');
    return Buffer.from(bytes.subarray(frameHeaderSizeBytes));
  }
}
