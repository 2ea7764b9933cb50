/** Packets of ICE over TCP out of a stream (RFC 4571, RFC 6544): two bytes of size, then the packet. */
import { maxMessageSizeBytes } from '../turn/turnServer.ts';

const headerSizeBytes = 2;

export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** Hands on every whole packet, as a copy that may be kept; false where one is too long, after which nothing is to be read. */
  push(chunk: Buffer, receive: (packet: Buffer) => void): boolean {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= headerSizeBytes) {
      const sizeBytes = bytes.readUInt16BE(at);
      if (sizeBytes > maxMessageSizeBytes) return false;
      const end = at + headerSizeBytes + sizeBytes;
      if (end > bytes.length) break;
      // An empty one says nothing.
      if (sizeBytes > 0) receive(Buffer.from(bytes.subarray(at + headerSizeBytes, end)));
      at = end;
    }
    // A copy, so that a few bytes do not keep the whole chunk.
    this.#rest = Buffer.from(bytes.subarray(at));
    return true;
  }
}
