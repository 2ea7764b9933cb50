/** For tests: the other side of `DtlsServer`, as a browser is it; and, where asked for, one that does what no browser does. */
import { createECDH, type KeyObject, randomBytes, sign, verify, X509Certificate } from 'node:crypto';
import { ByteReader, uint16, vectorOf } from '../../dtls/byteReader.ts';
import {
  alerts,
  cipherSuite,
  dtls12,
  extensions,
  handshakeTypes,
  namedGroup,
  signatureScheme,
} from '../../dtls/dtlsNumbers.ts';
import { DtlsFlights, type Incoming } from '../../dtls/flights.ts';
import type { HandshakeMessage } from '../../dtls/handshakeMessages.ts';
import { type DtlsIdentity, fingerprintOf } from '../../dtls/identity.ts';
import {
  type DirectedKeys,
  masterSecretOf,
  recordKeysOf,
  srtpKeysOf,
  verifyDataOf,
} from '../../dtls/keySchedule.ts';
import { certificateMessage } from '../../dtls/serverMessages.ts';
import type { MasterKey } from '../../srtp/srtpKeys.ts';
import { type SrtpProfile, srtpProfiles } from '../../srtp/srtpProfile.ts';

export interface DtlsClientOptions {
  readonly identity: DtlsIdentity;
  /** Signs in place of the identity's own key. */
  readonly signingKey?: KeyObject | undefined;
  /** What it offers. */
  readonly profiles?: readonly SrtpProfile[] | undefined;
  /** Of the server's certificate. */
  readonly serverFingerprint: Uint8Array;
  readonly send: (datagram: Buffer) => void;
  readonly connected: (profile: SrtpProfile, keys: DirectedKeys<MasterKey>) => void;
  /** The server ended it, or is not who it should be. */
  readonly ended: () => void;
}

interface ServerFlight {
  random: Buffer;
  profile: SrtpProfile | null;
  certificate: Buffer;
  point: Buffer;
}

export class DtlsClient {
  readonly #options: DtlsClientOptions;
  readonly #flights: DtlsFlights;
  readonly #random = randomBytes(32);
  readonly #exchange = createECDH('prime256v1');
  readonly #transcript: Buffer[] = [];
  readonly #server: ServerFlight = {
    random: Buffer.alloc(0),
    profile: null,
    certificate: Buffer.alloc(0),
    point: Buffer.alloc(0),
  };
  #masterSecret: Buffer | null = null;
  #isOver = false;

  constructor(options: DtlsClientOptions) {
    this.#options = options;
    this.#flights = new DtlsFlights(options.send);
  }

  start(nowMs: number): void {
    const hello = this.#flights.message(handshakeTypes.clientHello, this.#clientHello());
    this.#transcript.push(hello);
    this.#flights.sendFlight([hello], { nowMs, isAnswered: true });
  }

  receive(datagram: Buffer, nowMs: number): void {
    this.#flights.receive(datagram, nowMs, (incoming) => this.#take(incoming, nowMs));
  }

  tick(nowMs: number): void {
    if (!this.#isOver) this.#flights.tick(nowMs);
  }

  close(): void {
    if (this.#masterSecret !== null && !this.#isOver) this.#flights.sendAlert(alerts.closeNotify);
    this.#isOver = true;
  }

  #take(incoming: Incoming, nowMs: number): void {
    if (this.#isOver) return;
    if (incoming.kind === 'alert') {
      this.#end();
      return;
    }
    const { message } = incoming;
    if (message.type === handshakeTypes.finished) {
      this.#takeFinished(message, incoming.isSealed);
      return;
    }
    this.#transcript.push(message.whole);
    if (!this.#read(message)) this.#end();
    else if (message.type === handshakeTypes.serverHelloDone) this.#answer(nowMs);
  }

  /** False: not as it is to be. */
  #read({ type, body }: HandshakeMessage): boolean {
    const reader = new ByteReader(body);
    const server = this.#server;
    if (type === handshakeTypes.serverHello) {
      reader.number(2);
      server.random = reader.take(32);
      reader.vector(1);
      const suite = reader.number(2);
      reader.number(1);
      const list = new ByteReader(reader.vector(2));
      while (list.hasMore) {
        const kind = list.number(2);
        const data = new ByteReader(list.vector(2));
        if (kind !== extensions.useSrtp) continue;
        const number = new ByteReader(data.vector(2)).number(2);
        server.profile = srtpProfiles.find((profile) => profile.number === number) ?? null;
      }
      return reader.isWhole && suite === cipherSuite && server.profile !== null;
    }
    if (type === handshakeTypes.certificate) {
      server.certificate = new ByteReader(reader.vector(3)).vector(3);
      return fingerprintOf(server.certificate).equals(Buffer.from(this.#options.serverFingerprint));
    }
    if (type === handshakeTypes.serverKeyExchange) {
      const parameters = reader.take(69);
      const scheme = reader.number(2);
      const signature = reader.vector(2);
      if (server.certificate.length === 0) return false;
      server.point = parameters.subarray(4);
      const { publicKey } = new X509Certificate(server.certificate);
      const signed = Buffer.concat([this.#random, server.random, parameters]);
      return reader.isWhole && scheme === signatureScheme && verify('sha256', signed, publicKey, signature);
    }
    if (type === handshakeTypes.serverHelloDone) return server.point.length > 0;
    return type === handshakeTypes.certificateRequest;
  }

  #answer(nowMs: number): void {
    const { identity, signingKey = identity.privateKey } = this.#options;
    const point = this.#exchange.generateKeys();
    const add = (type: number, body: Uint8Array): Buffer => {
      const message = this.#flights.message(type, body);
      this.#transcript.push(message);
      return message;
    };
    const certificate = add(handshakeTypes.certificate, certificateMessage(identity.certificate));
    const exchange = add(handshakeTypes.clientKeyExchange, vectorOf(1, point));
    const randoms = { client: this.#random, server: this.#server.random };
    const masterSecret = masterSecretOf(this.#exchange.computeSecret(this.#server.point), this.#transcript);
    const signature = sign('sha256', Buffer.concat(this.#transcript), signingKey);
    const verifyMessage = Buffer.concat([uint16(signatureScheme), vectorOf(2, signature)]);
    const proof = add(handshakeTypes.certificateVerify, verifyMessage);
    const finished = add(handshakeTypes.finished, verifyDataOf(masterSecret, 'client', this.#transcript));
    const keys = recordKeysOf(masterSecret, randoms);
    this.#flights.setKeys({ read: keys.server, write: keys.client });
    this.#masterSecret = masterSecret;
    this.#flights.sendFlight([certificate, exchange, proof], { finished, nowMs, isAnswered: true });
  }

  #takeFinished({ body }: HandshakeMessage, isSealed: boolean): void {
    const { profile, random } = this.#server;
    const masterSecret = this.#masterSecret;
    if (masterSecret === null || profile === null || !isSealed) return;
    if (!verifyDataOf(masterSecret, 'server', this.#transcript).equals(body)) {
      this.#end();
      return;
    }
    this.#flights.settle();
    const randoms = { client: this.#random, server: random };
    this.#options.connected(profile, srtpKeysOf(masterSecret, randoms, profile));
  }

  #clientHello(): Buffer {
    const { profiles = srtpProfiles } = this.#options;
    const numbers = uint16(...profiles.map(({ number }) => number));
    const extension = (type: number, data: Uint8Array) => Buffer.concat([uint16(type), vectorOf(2, data)]);
    return Buffer.concat([
      uint16(dtls12),
      this.#random,
      Buffer.of(0, 0),
      vectorOf(2, uint16(cipherSuite)),
      vectorOf(1, Buffer.of(0)),
      vectorOf(
        2,
        extension(extensions.supportedGroups, vectorOf(2, uint16(namedGroup))),
        extension(extensions.pointFormats, Buffer.of(1, 0)),
        extension(extensions.signatureAlgorithms, vectorOf(2, uint16(signatureScheme))),
        extension(extensions.useSrtp, Buffer.concat([vectorOf(2, numbers), Buffer.of(0)])),
        extension(extensions.extendedMasterSecret, Buffer.alloc(0)),
        extension(extensions.renegotiationInfo, Buffer.of(0)),
      ),
    ]);
  }

  #end(): void {
    this.#isOver = true;
    this.#options.ended();
  }
}
