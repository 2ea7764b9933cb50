/** Messages of the handshake (RFC 6347 §4.2.2), put together from fragments in whatever order they come. */

const headerSizeBytes = 12;
/** The longest that has a use is a ClientHello with keys of DTLS 1.3 that we do not take. */
const maxMessageSizeBytes = 8192;
/** Messages after the next one that wait for it: no flight has more. */
const maxAhead = 6;

export interface HandshakeMessage {
  readonly type: number;
  readonly body: Buffer;
  /** With its header as if it came in one piece: what hashes and signatures are over (RFC 6347 §4.2.6). */
  readonly whole: Buffer;
}

export function encodeHandshake(type: number, number: number, body: Uint8Array): Buffer {
  const whole = Buffer.alloc(headerSizeBytes + body.length);
  whole[0] = type;
  whole.writeUIntBE(body.length, 1, 3);
  whole.writeUInt16BE(number, 4);
  whole.writeUIntBE(body.length, 9, 3);
  whole.set(body, headerSizeBytes);
  return whole;
}

/** The pieces of a message that fit into datagrams. */
export function fragmentsOf(whole: Buffer, maxBodySizeBytes: number): readonly Buffer[] {
  const body = whole.subarray(headerSizeBytes);
  if (body.length <= maxBodySizeBytes) return [whole];
  const fragments: Buffer[] = [];
  for (let at = 0; at < body.length; at += maxBodySizeBytes) {
    const part = body.subarray(at, at + maxBodySizeBytes);
    const fragment = Buffer.concat([whole.subarray(0, headerSizeBytes), part]);
    fragment.writeUIntBE(at, 6, 3);
    fragment.writeUIntBE(part.length, 9, 3);
    fragments.push(fragment);
  }
  return fragments;
}

interface Partial {
  readonly type: number;
  readonly whole: Buffer;
  /** 1 for each byte of the body that is there. */
  readonly has: Uint8Array;
  missing: number;
}

export class HandshakeAssembler {
  /** The number of the next message. */
  #next = 0;
  readonly #partial = new Map<number, Partial>();
  #isOver = false;

  /** No more messages are due: nothing is kept from now on, and only repetitions are told. */
  end(): void {
    this.#isOver = true;
    this.#partial.clear();
  }

  /** Takes one record's content. 'repeated': all in it was there before. Null: malformed, or too much. */
  push(content: Buffer): 'taken' | 'repeated' | null {
    let isNew = false;
    let at = 0;
    while (content.length - at >= headerSizeBytes) {
      const sizeBytes = content.readUIntBE(at + 9, 3);
      const end = at + headerSizeBytes + sizeBytes;
      if (end > content.length) return null;
      const taken = this.#take(content.subarray(at, end));
      if (taken === null) return null;
      isNew ||= taken;
      at = end;
    }
    if (at !== content.length || at === 0) return null;
    return isNew ? 'taken' : 'repeated';
  }

  /** The next message once it is whole. */
  shift(): HandshakeMessage | null {
    const partial = this.#partial.get(this.#next);
    if (partial === undefined || partial.missing > 0) return null;
    this.#partial.delete(this.#next);
    this.#next += 1;
    return { type: partial.type, body: partial.whole.subarray(headerSizeBytes), whole: partial.whole };
  }

  #take(fragment: Buffer): boolean | null {
    const [type, totalBytes, number, offset] = [
      fragment[0]!,
      fragment.readUIntBE(1, 3),
      fragment.readUInt16BE(4),
      fragment.readUIntBE(6, 3),
    ];
    const part = fragment.subarray(headerSizeBytes);
    if (totalBytes > maxMessageSizeBytes || offset + part.length > totalBytes) return null;
    if (number < this.#next) return false;
    if (this.#isOver || number > this.#next + maxAhead) return null;
    let partial = this.#partial.get(number);
    if (partial === undefined) {
      const whole = encodeHandshake(type, number, Buffer.alloc(totalBytes));
      // An empty one is whole with its header.
      partial = { type, whole, has: new Uint8Array(totalBytes), missing: totalBytes };
      this.#partial.set(number, partial);
      if (totalBytes === 0) return true;
    }
    if (partial.type !== type || partial.has.length !== totalBytes) return null;
    let isNew = false;
    for (const [i, byte] of part.entries()) {
      if (partial.has[offset + i] === 1) continue;
      partial.has[offset + i] = 1;
      partial.whole[headerSizeBytes + offset + i] = byte;
      partial.missing -= 1;
      isNew = true;
    }
    return isNew;
  }
}
