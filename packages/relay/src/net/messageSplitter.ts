/** STUN messages and ChannelData out of a stream (RFC 8656 §12.5): both say how long they are, and fill up to four bytes. */
import { headerSizeBytes } from '../stun/constants.ts';
import { maxMessageSizeBytes } from '../turn/turnServer.ts';

export class MessageSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** Hands on every whole message; false where the stream is none of the two, after which nothing more is to be read. */
  push(chunk: Buffer, receive: (message: Buffer) => void): boolean {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 4) {
      const sizeBytes = messageSize(bytes, at);
      if (sizeBytes === null) return false;
      const next = at + ((sizeBytes + 3) >> 2) * 4;
      if (next > bytes.length) break;
      receive(bytes.subarray(at, at + sizeBytes));
      at = next;
    }
    // A copy, so that a few bytes do not keep the whole chunk.
    this.#rest = Buffer.from(bytes.subarray(at));
    return true;
  }
}

/** Without what fills up. Null: the first bytes begin no message, or one that is too long. */
function messageSize(bytes: Buffer, at: number): number | null {
  const kind = bytes[at]! >> 6;
  if (kind > 1) return null;
  const sizeBytes = bytes.readUInt16BE(at + 2) + (kind === 0 ? headerSizeBytes : 4);
  return sizeBytes <= maxMessageSizeBytes ? sizeBytes : null;
}
