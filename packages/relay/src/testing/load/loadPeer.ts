/**
 * One synthetic participant on the network: a UDP socket that does what a browser does to reach a relay with ICE-lite (or
 * Janus): checks that nominate at once, a DTLS handshake as client, then SRTP. What comes is not opened unless asked for, so
 * that hundreds of them cost less than the relay that they measure.
 */
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { CipherContext, DtlsClient } from 'werift';
import { attributes, classes, methods } from '../../stun/constants.ts';
import { encodeStun } from '../../stun/encodeStun.ts';
import { StunMessage } from '../../stun/stunMessage.ts';
import { LoadSrtp, type MasterKey } from './loadSrtp.ts';

/** What each side of a connection says of itself. */
export interface PeerFacts {
  readonly ufrag: string;
  readonly pwd: string;
  /** SHA-256 over its certificate, 64 hexadecimal digits. */
  readonly fingerprint: string;
}

export interface PeerRemote extends PeerFacts {
  readonly host: string;
  readonly port: number;
}

export interface PeerHandler {
  /** A packet as it came: its header is clear, `open` opens the rest. */
  onRtp(sealed: Buffer, open: (sealed: Buffer) => Buffer | null): void;
  /** Opened. */
  onRtcp(packet: Buffer): void;
}

/** A certificate that all synthetic participants of a process share: making one costs more than a handshake. */
export interface PeerCertificate {
  readonly cert: string;
  readonly key: string;
  readonly signatureHash: { readonly hash: 4; readonly signature: 3 };
  readonly fingerprint: string;
}

/** AEAD_AES_128_GCM (RFC 7714 §14.2). */
const srtpProfile = 7;
const checkEveryMs = 100;
/** RFC 7675 §5.1. */
const consentEveryMs = 5000;
const useCandidate = 0x0025;
const priority = 0x0024;
const iceControlling = 0x802a;
const peerPriority = Buffer.from([0x6e, 0x7f, 0x1e, 0xff]);

export async function createPeerCertificate(): Promise<PeerCertificate> {
  const signatureHash = { hash: 4, signature: 3 } as const;
  const made = await CipherContext.createSelfSignedCertificateWithKey(signatureHash);
  const fingerprint = createHash('sha256').update(new X509Certificate(made.certPem).raw).digest('hex');
  return { cert: made.certPem, key: made.keyPem, signatureHash, fingerprint };
}

export class LoadPeer {
  readonly local: PeerFacts;
  readonly #socket: Socket;
  readonly #certificate: PeerCertificate;
  readonly #handler: PeerHandler;
  #remote: PeerRemote | null = null;
  #out: LoadSrtp | null = null;
  #in: LoadSrtp | null = null;
  #dtls: DtlsClient | null = null;
  #checked: (() => void) | null = null;
  #checking: NodeJS.Timeout | undefined;
  readonly #openRtp = (sealed: Buffer) => (this.#in === null ? sealed : this.#in.openRtp(sealed));

  private constructor(socket: Socket, certificate: PeerCertificate, handler: PeerHandler) {
    this.#socket = socket;
    this.#certificate = certificate;
    this.#handler = handler;
    const [ufrag, pwd] = [randomBytes(4).toString('hex'), randomBytes(16).toString('hex')];
    this.local = { ufrag, pwd, fingerprint: certificate.fingerprint };
    socket.on('message', (bytes) => this.#receive(bytes));
    socket.on('error', () => {});
  }

  static async open(certificate: PeerCertificate, handler: PeerHandler): Promise<LoadPeer> {
    const socket = createSocket({
      type: 'udp4',
      recvBufferSize: 1 << 20,
      sendBufferSize: 1 << 20,
      lookup: (name, _options, callback) => callback(null, name, 4),
    });
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    return new LoadPeer(socket, certificate, handler);
  }

  /** Rejects where the handshake fails. */
  async connect(remote: PeerRemote): Promise<void> {
    this.#remote = remote;
    const answered = new Promise<void>((resolve) => {
      this.#checked = resolve;
    });
    this.#check();
    this.#checking = setInterval(() => this.#check(), checkEveryMs);
    await answered;
    clearInterval(this.#checking);
    this.#checking = setInterval(() => this.#check(), consentEveryMs);
    await this.#shakeHands();
  }

  /** Without ICE and DTLS: keys that both know, for a floor without them. */
  connectBare(remote: { host: string; port: number }, keys: MasterKey | null): void {
    this.#remote = { ...remote, ufrag: '', pwd: '', fingerprint: '' };
    if (keys === null) return;
    this.#out = new LoadSrtp(keys);
    this.#in = new LoadSrtp(keys);
  }

  sendRtp(packet: Buffer): void {
    this.#send(this.#out?.sealRtp(packet) ?? packet);
  }

  sendRtcp(packet: Buffer): void {
    if (this.#out !== null) this.#send(this.#out.sealRtcp(packet));
  }

  close(): void {
    clearInterval(this.#checking);
    this.#dtls?.close();
    this.#remote = null;
    this.#socket.close();
  }

  #send(bytes: Buffer): void {
    if (this.#remote !== null) this.#socket.send(bytes, this.#remote.port, this.#remote.host);
  }

  #receive(bytes: Buffer): void {
    const first = bytes[0] ?? 0xff;
    if (first >= 0x80 && first < 0xc0) {
      const type = bytes[1] ?? 0;
      if (type < 192 || type > 223) {
        this.#handler.onRtp(bytes, this.#openRtp);
        return;
      }
      const packet = this.#in?.openRtcp(bytes) ?? null;
      if (packet !== null) this.#handler.onRtcp(packet);
    } else if (first < 4) {
      this.#takeStun(bytes);
    } else if (first >= 20 && first < 64) {
      this.#fromPeer(bytes);
    }
  }

  /** RFC 8445 §7.2.2, nominating with the first one as a controlling side may where the other is ICE-lite. */
  #check(): void {
    const remote = this.#remote;
    if (remote === null) return;
    const request = encodeStun({
      method: methods.binding,
      class: classes.request,
      transactionId: randomBytes(12),
      attributes: [
        [attributes.username, Buffer.from(`${remote.ufrag}:${this.local.ufrag}`)],
        [iceControlling, Buffer.alloc(8, 1)],
        [useCandidate, Buffer.alloc(0)],
        [priority, peerPriority],
      ],
      key: Buffer.from(remote.pwd),
      hasFingerprint: true,
    });
    this.#send(request);
  }

  #takeStun(bytes: Buffer): void {
    const message = StunMessage.decode(bytes);
    if (message === null || message.method !== methods.binding) return;
    if (message.class === classes.success) {
      this.#checked?.();
      return;
    }
    if (!message.isRequest) return;
    // Janus checks as well where it is no ICE-lite.
    const answer = encodeStun({
      method: methods.binding,
      class: classes.success,
      transactionId: message.transactionId,
      attributes: [],
      key: Buffer.from(this.local.pwd),
      hasFingerprint: true,
    });
    this.#send(answer);
  }

  #fromPeer: (bytes: Buffer) => void = () => {};

  async #shakeHands(): Promise<void> {
    const { cert, key, signatureHash } = this.#certificate;
    const send = async (bytes: Buffer) => this.#send(bytes);
    const transport = {
      type: 'load',
      address: ['0.0.0.0', 0] as const,
      closed: false,
      onData: (_bytes: Buffer) => {},
      send,
      close: async () => {},
    };
    const dtls = new DtlsClient({
      transport: transport as unknown as ConstructorParameters<typeof DtlsClient>[0]['transport'],
      srtpProfiles: [srtpProfile],
      extendedMasterSecret: true,
      cert,
      key,
      signatureHash,
    });
    this.#dtls = dtls;
    this.#fromPeer = (bytes) => transport.onData(bytes);
    await new Promise<void>((resolve, reject) => {
      dtls.onConnect.once(() => resolve());
      dtls.onError.once(reject);
      dtls.connect().catch(reject);
    });
    const certificate = dtls.remoteCertificate;
    const proven = certificate === undefined ? '' : createHash('sha256').update(certificate).digest('hex');
    if (proven !== this.#remote?.fingerprint) throw new Error('Another certificate than the one told');
    const { localKey, localSalt, remoteKey, remoteSalt } = dtls.extractSessionKeys(16, 12);
    this.#out = new LoadSrtp({ key: localKey, salt: localSalt });
    this.#in = new LoadSrtp({ key: remoteKey, salt: remoteSalt });
  }
}
