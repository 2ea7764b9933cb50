/**
 * Packets out of a stream, whose first message tells which kind it is: TURN's own framing (RFC 8656 §12.5), or that of media
 * (RFC 4571), two bytes of size before each packet. Both begin with a STUN message, whose magic cookie stands two bytes later
 * in the second.
 */
import { magicCookie } from '../stun/constants.ts';
import { FrameSplitter } from './frameSplitter.ts';
import { MessageSplitter } from './messageSplitter.ts';

const cookieAt = 4;
const framedCookieAt = 6;
const decidedAfterBytes = framedCookieAt + 4;

export class StreamSplitter {
  #first: Buffer = Buffer.alloc(0);
  #splitter: FrameSplitter | MessageSplitter | null = null;

  /** Whether packets have their size before them, in both directions. */
  get isFramed(): boolean {
    return this.#splitter instanceof FrameSplitter;
  }

  /** Hands on every whole packet; false where the stream is none of the two, after which nothing more is to be read. */
  push(chunk: Buffer, receive: (packet: Buffer) => void): boolean {
    if (this.#splitter !== null) return this.#splitter.push(chunk, receive);
    this.#first = Buffer.concat([this.#first, chunk]);
    if (this.#first.length < decidedAfterBytes) return true;
    if (this.#first.readUInt32BE(cookieAt) === magicCookie) this.#splitter = new MessageSplitter();
    else if (this.#first.readUInt32BE(framedCookieAt) === magicCookie) this.#splitter = new FrameSplitter();
    else return false;
    return this.#splitter.push(this.#first, receive);
  }
}
