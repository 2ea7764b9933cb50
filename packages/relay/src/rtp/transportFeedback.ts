/**
 * Feedback of transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01): when each packet of
 * a sender came, by which the sender finds out how much it may send.
 */
import { sequenceDelta, writeUint16, writeUint32 } from './numbers.ts';

/** Of one message; also how far ahead a number may be of those before. */
const maxPackets = 512;
const symbolsPerChunk = 7;
const unitMs = 0.25;
const referenceMs = 64;

export class TransportFeedback {
  /** When each came, by number; 0: not. A ring that is written over. */
  readonly #arrivals = new Float64Array(maxPackets);
  /** The first that was not told of yet, and the one after the last that came; they only rise. */
  #base = -1;
  #next = -1;
  #messages = 0;

  add(sequence: number, nowMs: number): void {
    if (this.#next < 0) {
      this.#base = sequence;
      this.#next = sequence;
    }
    const number = this.#next + sequenceDelta(sequence, this.#next & 0xffff);
    if (number < this.#base) return;
    if (number - this.#base >= maxPackets) {
      // A jump: what was not told of by now is not any more.
      this.#arrivals.fill(0);
      this.#base = number;
    }
    // 0 says that none came.
    this.#arrivals[number % maxPackets] = Math.max(nowMs, unitMs);
    if (number >= this.#next) this.#next = number + 1;
  }

  /** The message about what came since the one before; null where nothing did. */
  take(sender: number, ssrc: number): Buffer | null {
    const arrivals = this.#arrivals;
    // A gap before the first that came will be seen as lost by what comes later: it is told with those.
    if (this.#base === this.#next) return null;
    const count = this.#next - this.#base;
    let first = -1;
    for (let i = 0; i < count && first < 0; i++) {
      if (arrivals[(this.#base + i) % maxPackets]! > 0) first = arrivals[(this.#base + i) % maxPackets]!;
    }
    if (first < 0) return null;
    const reference = Math.floor(first / referenceMs);
    const symbols = new Uint8Array(Math.ceil(count / symbolsPerChunk) * symbolsPerChunk);
    const deltas: number[] = [];
    let timeUnits = (reference * referenceMs) / unitMs;
    let deltaBytes = 0;
    for (let i = 0; i < count; i++) {
      const arrival = arrivals[(this.#base + i) % maxPackets]!;
      if (arrival === 0) continue;
      const atUnits = Math.round(arrival / unitMs);
      const delta = Math.max(-32768, Math.min(atUnits - timeUnits, 32767));
      timeUnits += delta;
      const isSmall = delta >= 0 && delta <= 255;
      symbols[i] = isSmall ? 1 : 2;
      deltaBytes += isSmall ? 1 : 2;
      deltas.push(delta);
      arrivals[(this.#base + i) % maxPackets] = 0;
    }
    const chunks = symbols.length / symbolsPerChunk;
    const unpadded = 20 + chunks * 2 + deltaBytes;
    const bytes = Buffer.alloc(Math.ceil(unpadded / 4) * 4);
    const padding = bytes.length - unpadded;
    bytes[0] = 0x80 | 15 | (padding > 0 ? 0x20 : 0);
    bytes[1] = 205;
    writeUint16(bytes, 2, bytes.length / 4 - 1);
    writeUint32(bytes, 4, sender);
    writeUint32(bytes, 8, ssrc);
    writeUint16(bytes, 12, this.#base);
    writeUint16(bytes, 14, count);
    writeUint32(bytes, 16, ((reference & 0xffffff) << 8) | (this.#messages & 0xff));
    this.#messages += 1;
    let at = 20;
    for (let chunk = 0; chunk < chunks; chunk++, at += 2) {
      let value = 0xc000;
      for (let i = 0; i < symbolsPerChunk; i++) {
        value |= symbols[chunk * symbolsPerChunk + i]! << (12 - 2 * i);
      }
      writeUint16(bytes, at, value);
    }
    for (const delta of deltas) {
      if (delta >= 0 && delta <= 255) bytes[at++] = delta;
      else {
        writeUint16(bytes, at, delta);
        at += 2;
      }
    }
    if (padding > 0) bytes[bytes.length - 1] = padding;
    this.#base = this.#next;
    return bytes;
  }
}
