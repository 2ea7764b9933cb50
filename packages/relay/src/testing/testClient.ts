/** For tests: a TURN client (RFC 8656) whose transport is a function, with the credentials of one side of a call. */
import { createHash, randomBytes } from 'node:crypto';
import { attributes, classes, methods } from '../stun/constants.ts';
import { encodeStun } from '../stun/encodeStun.ts';
import { StunMessage } from '../stun/stunMessage.ts';
import type { TransportAddress } from '../stun/xorAddress.ts';
import { type Credentials, realm } from '../turn/credentials.ts';
import {
  channelNumber,
  errorCodeOf,
  peerAddress,
  readAddress,
  requestedUdp,
  type TestAttributes,
} from './turnMessages.ts';

/** Sends a request; the answer, or null where none came. */
type Exchange = (request: Buffer) => Promise<Buffer | null> | Buffer | null;

export class TestClient {
  readonly #exchange: Exchange;
  credentials: Credentials;
  nonce: Uint8Array | null = null;
  /** Of the next request alone. */
  transactionId: Buffer | null = null;

  constructor(exchange: Exchange, credentials: Credentials) {
    this.#exchange = exchange;
    this.credentials = credentials;
  }

  /** One request with credentials, as they are; null: no answer. */
  async ask(
    method: number,
    list: TestAttributes | ((transactionId: Buffer) => TestAttributes) = [],
  ): Promise<StunMessage | null> {
    const transactionId = this.transactionId ?? randomBytes(12);
    this.transactionId = null;
    const own = typeof list === 'function' ? list(transactionId) : list;
    const { username, credential } = this.credentials;
    const proof: TestAttributes =
      this.nonce === null
        ? []
        : [
            [attributes.username, Buffer.from(username)],
            [attributes.realm, Buffer.from(realm)],
            [attributes.nonce, this.nonce],
          ];
    const key = createHash('md5').update(`${username}:${realm}:${credential}`).digest();
    const request = encodeStun({
      method,
      class: classes.request,
      transactionId,
      attributes: [...own, ...proof],
      key: this.nonce === null ? undefined : key,
      hasFingerprint: true,
    });
    const bytes = await this.#exchange(request);
    if (bytes === null) return null;
    const answer = StunMessage.decode(bytes);
    if (answer === null) throw new Error('The answer is no STUN message');
    if (!answer.transactionId.equals(transactionId)) throw new Error('An answer to something else');
    if (answer.class === classes.success && method !== methods.binding && !answer.isProtectedBy(key))
      throw new Error('The answer is not protected');
    return answer;
  }

  /** The same, after taking the nonce that the relay asks for; the error's code, or 0. */
  async request(
    method: number,
    list: TestAttributes | ((transactionId: Buffer) => TestAttributes) = [],
  ): Promise<{ readonly code: number; readonly answer: StunMessage }> {
    for (let tries = 0; ; tries += 1) {
      const answer = await this.ask(method, list);
      if (answer === null) throw new Error('No answer');
      const code = errorCodeOf(answer);
      const nonce = answer.find(attributes.nonce);
      if (nonce === null || tries === 1) return { code, answer };
      this.nonce = Buffer.from(nonce);
    }
  }

  /** The relayed address. */
  async allocate(list: TestAttributes = []): Promise<TransportAddress> {
    const { code, answer } = await this.request(methods.allocate, [requestedUdp, ...list]);
    const relayed = answer.find(attributes.xorRelayedAddress);
    if (relayed === null) throw new Error(`Not allocated: ${code}`);
    return readAddress(relayed);
  }

  async permit(...peers: readonly TransportAddress[]): Promise<number> {
    const list = (id: Buffer) => peers.map((peer) => peerAddress(peer, id));
    return (await this.request(methods.createPermission, list)).code;
  }

  async bind(number: number, peer: TransportAddress): Promise<number> {
    const list = (id: Buffer) => [channelNumber(number), peerAddress(peer, id)];
    return (await this.request(methods.channelBind, list)).code;
  }
}
