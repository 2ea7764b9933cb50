/**
 * The relay's side of a DTLS 1.2 handshake with one peer (RFC 6347, RFC 5764), in the one form that WebRTC asks everybody for:
 * ECDHE over P-256, ECDSA, AES-128-GCM, extended master secret, a certificate on both sides. It keeps the rule that it is
 * connected only to who has the key of the certificate with the fingerprint that was told. No cookies are asked for: datagrams
 * get here from paths alone on which the peer answered for itself (ICE). No sockets, and time by parameter.
 */
import {
  createECDH,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
  X509Certificate,
} from 'node:crypto';
import type { MasterKey } from '../srtp/srtpKeys.ts';
import { type SrtpProfile, srtpProfiles } from '../srtp/srtpProfile.ts';
import { ByteReader } from './byteReader.ts';
import { decodeClientHello } from './clientHello.ts';
import {
  type Alert,
  alerts,
  handshakeTypes,
  signatureScheme,
  uncompressedPointSizeBytes,
} from './dtlsNumbers.ts';
import { DtlsFlights, type Incoming } from './flights.ts';
import type { HandshakeMessage } from './handshakeMessages.ts';
import { type DtlsIdentity, fingerprintOf } from './identity.ts';
import {
  type DirectedKeys,
  masterSecretOf,
  type Randoms,
  recordKeysOf,
  srtpKeysOf,
  verifyDataOf,
} from './keySchedule.ts';
import {
  certificateMessage,
  certificateRequest,
  keyExchangeParameters,
  serverHello,
  signedMessage,
} from './serverMessages.ts';

export type DtlsEvent =
  | { readonly kind: 'connected'; readonly profile: SrtpProfile; readonly keys: DirectedKeys<MasterKey> }
  /** Nothing in common, or the peer does not keep to the protocol. */
  | { readonly kind: 'failed' }
  /** Another certificate, or not its key. */
  | { readonly kind: 'notThePeer' }
  /** The peer ended it. */
  | { readonly kind: 'closed' };

interface DtlsServerOptions {
  readonly identity: DtlsIdentity;
  /** SHA-256 over the peer's certificate. */
  readonly peerFingerprint: Uint8Array;
  readonly send: (datagram: Buffer) => void;
  readonly told: (event: DtlsEvent) => void;
}

/** What the handshake waits for. */
type State =
  | { readonly kind: 'clientHello' }
  | ({ readonly kind: 'certificate' } & Chosen)
  | ({ readonly kind: 'clientKeyExchange'; readonly peerKey: KeyObject } & Chosen)
  | ({
      readonly kind: 'certificateVerify';
      readonly peerKey: KeyObject;
      readonly masterSecret: Buffer;
    } & Chosen)
  | ({ readonly kind: 'finished'; readonly masterSecret: Buffer } & Chosen)
  | { readonly kind: 'connected' }
  | { readonly kind: 'over' };

interface Chosen {
  readonly profile: SrtpProfile;
  readonly randoms: Randoms;
  readonly exchange: ReturnType<typeof createECDH>;
}

export class DtlsServer {
  readonly #options: DtlsServerOptions;
  readonly #flights: DtlsFlights;
  /** What was said, whole messages of both sides in order. */
  #transcript: Buffer[] = [];
  #state: State = { kind: 'clientHello' };

  constructor(options: DtlsServerOptions) {
    this.#options = options;
    this.#flights = new DtlsFlights(options.send);
  }

  /** False: something in it is malformed or not authentic, and was passed over. */
  receive(datagram: Buffer, nowMs: number): boolean {
    if (this.#state.kind === 'over') return true;
    return this.#flights.receive(datagram, nowMs, (incoming) => this.#take(incoming, nowMs));
  }

  /** To be called some ten times a second until it is connected. */
  tick(nowMs: number): void {
    if (this.#state.kind !== 'over') this.#flights.tick(nowMs);
  }

  /** Ends it, and says so to a peer that would believe it. */
  close(): void {
    if (this.#state.kind === 'connected') this.#flights.sendAlert(alerts.closeNotify);
    this.#state = { kind: 'over' };
  }

  #take(incoming: Incoming, nowMs: number): void {
    const state = this.#state;
    if (incoming.kind === 'alert') {
      if (state.kind === 'connected') this.#end({ kind: 'closed' });
      return;
    }
    const { message, isSealed } = incoming;
    // After the handshake there is nothing to say by it: no renegotiation.
    if (state.kind === 'over' || state.kind === 'connected') return;
    if (isSealed !== (state.kind === 'finished')) {
      this.#fail(alerts.handshakeFailure);
      return;
    }
    switch (state.kind) {
      case 'clientHello':
        this.#takeClientHello(message, nowMs);
        break;
      case 'certificate':
        this.#takeCertificate(message, state);
        break;
      case 'clientKeyExchange':
        this.#takeKeyExchange(message, state);
        break;
      case 'certificateVerify':
        this.#takeCertificateVerify(message, state);
        break;
      case 'finished':
        this.#takeFinished(message, state, nowMs);
        break;
    }
  }

  #takeClientHello({ type, body, whole }: HandshakeMessage, nowMs: number): void {
    const hello = type === handshakeTypes.clientHello ? decodeClientHello(body) : null;
    const profile = srtpProfiles.find(({ number }) => hello?.srtpProfiles.includes(number) === true);
    if (hello === null || !hello.speaksOurs || !hello.hasExtendedMasterSecret || profile === undefined) {
      this.#fail(alerts.handshakeFailure);
      return;
    }
    const { identity } = this.#options;
    const randoms = { client: Buffer.from(hello.random), server: randomBytes(32) };
    const exchange = createECDH('prime256v1');
    const parameters = keyExchangeParameters(exchange.generateKeys());
    const signed = Buffer.concat([randoms.client, randoms.server, parameters]);
    const signature = sign('sha256', signed, identity.privateKey);
    const flight = (
      [
        [handshakeTypes.serverHello, serverHello(hello, randoms.server, profile.number)],
        [handshakeTypes.certificate, certificateMessage(identity.certificate)],
        [handshakeTypes.serverKeyExchange, signedMessage(parameters, signature)],
        [handshakeTypes.certificateRequest, certificateRequest()],
        [handshakeTypes.serverHelloDone, Buffer.alloc(0)],
      ] as const
    ).map(([kind, content]) => this.#flights.message(kind, content));
    this.#transcript.push(whole, ...flight);
    this.#state = { kind: 'certificate', profile, randoms, exchange };
    this.#flights.sendFlight(flight, { nowMs, isAnswered: true });
  }

  #takeCertificate({ type, body, whole }: HandshakeMessage, chosen: Chosen): void {
    const certificates = new ByteReader(new ByteReader(body).vector(3));
    const certificate = certificates.vector(3);
    if (type !== handshakeTypes.certificate || certificate.length === 0) {
      this.#fail(alerts.handshakeFailure);
      return;
    }
    if (!timingSafeEqual(fingerprintOf(certificate), this.#options.peerFingerprint)) {
      this.#refuse(alerts.badCertificate);
      return;
    }
    const peerKey = keyOf(certificate);
    if (peerKey === null) {
      this.#fail(alerts.badCertificate);
      return;
    }
    this.#transcript.push(whole);
    this.#state = { ...chosen, kind: 'clientKeyExchange', peerKey };
  }

  #takeKeyExchange(
    { type, body, whole }: HandshakeMessage,
    { peerKey, ...chosen }: Chosen & { peerKey: KeyObject },
  ): void {
    const reader = new ByteReader(body);
    const point = reader.vector(1);
    const premasterSecret = reader.isWhole ? agree(chosen.exchange, point) : null;
    if (type !== handshakeTypes.clientKeyExchange || premasterSecret === null) {
      this.#fail(alerts.handshakeFailure);
      return;
    }
    this.#transcript.push(whole);
    const masterSecret = masterSecretOf(premasterSecret, this.#transcript);
    this.#state = { ...chosen, kind: 'certificateVerify', peerKey, masterSecret };
  }

  /** RFC 5246 §7.4.8: a signature over all that was said so far, by the key of the certificate. */
  #takeCertificateVerify(
    { type, body, whole }: HandshakeMessage,
    { peerKey, masterSecret, ...chosen }: Chosen & { peerKey: KeyObject; masterSecret: Buffer },
  ): void {
    const reader = new ByteReader(body);
    const scheme = reader.number(2);
    const signature = reader.vector(2);
    if (type !== handshakeTypes.certificateVerify || !reader.isWhole || scheme !== signatureScheme) {
      this.#fail(alerts.handshakeFailure);
      return;
    }
    if (!verify('sha256', Buffer.concat(this.#transcript), peerKey, signature)) {
      this.#refuse(alerts.decryptError);
      return;
    }
    this.#transcript.push(whole);
    const keys = recordKeysOf(masterSecret, chosen.randoms);
    this.#flights.setKeys({ read: keys.client, write: keys.server });
    this.#state = { ...chosen, kind: 'finished', masterSecret };
  }

  #takeFinished(
    { type, body, whole }: HandshakeMessage,
    { masterSecret, profile, randoms }: Chosen & { masterSecret: Buffer },
    nowMs: number,
  ): void {
    const expected = verifyDataOf(masterSecret, 'client', this.#transcript);
    const isRight = body.length === expected.length && timingSafeEqual(body, expected);
    if (type !== handshakeTypes.finished || !isRight) {
      this.#fail(alerts.decryptError);
      return;
    }
    this.#transcript.push(whole);
    const verifyData = verifyDataOf(masterSecret, 'server', this.#transcript);
    const finished = this.#flights.message(handshakeTypes.finished, verifyData);
    this.#transcript = [];
    this.#flights.end();
    this.#state = { kind: 'connected' };
    this.#flights.sendFlight([], { finished, nowMs, isAnswered: false });
    this.#options.told({ kind: 'connected', profile, keys: srtpKeysOf(masterSecret, randoms, profile) });
  }

  #fail(alert: Alert): void {
    this.#flights.sendAlert(alert);
    this.#end({ kind: 'failed' });
  }

  #refuse(alert: Alert): void {
    this.#flights.sendAlert(alert);
    this.#end({ kind: 'notThePeer' });
  }

  #end(event: DtlsEvent): void {
    this.#transcript = [];
    this.#state = { kind: 'over' };
    this.#options.told(event);
  }
}

/** Null: no certificate, or not of ECDSA over P-256, as all browsers make them. */
function keyOf(certificate: Buffer): KeyObject | null {
  try {
    const { publicKey } = new X509Certificate(certificate);
    return publicKey.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? publicKey : null;
  } catch {
    return null;
  }
}

/** Null: no point of the curve. */
function agree(exchange: ReturnType<typeof createECDH>, point: Buffer): Buffer | null {
  if (point.length !== uncompressedPointSizeBytes) return null;
  try {
    return exchange.computeSecret(point);
  } catch {
    return null;
  }
}
