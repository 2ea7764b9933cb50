/**
 * The SFrame header (RFC 9605 §4.3): one byte of flags and lengths, then KID and CTR, which are in that byte where they
 * are below 8. It is written in the shortest form, and read in any: all of it is authenticated.
 */
import { limits } from './limits.ts';

/** `size`: of the header itself, in bytes. */
export interface Header {
  readonly kid: bigint;
  readonly counter: bigint;
  readonly size: number;
}

export const maxHeaderBytes = 17;

/** Both at most 8 bytes long; a RangeError else. */
export function encodeHeader(kid: bigint, counter: bigint): Uint8Array<ArrayBuffer> {
  const kidSize = integerSize(kid);
  const counterSize = integerSize(counter);
  const header = new Uint8Array(1 + kidSize + counterSize);
  header[0] = (field(kid, kidSize) << 4) | field(counter, counterSize);
  writeInteger(header, 1, kidSize, kid);
  writeInteger(header, 1 + kidSize, counterSize, counter);
  return header;
}

/** Null where the bytes end within the header. */
export function decodeHeader(frame: Uint8Array): Header | null {
  const config = frame[0];
  if (config === undefined) return null;
  const kidSize = extendedSize(config >> 4);
  const counterSize = extendedSize(config & 0x0f);
  const size = 1 + kidSize + counterSize;
  if (frame.length < size) return null;
  return {
    kid: kidSize === 0 ? BigInt((config >> 4) & 7) : readInteger(frame, 1, kidSize),
    counter: counterSize === 0 ? BigInt(config & 7) : readInteger(frame, 1 + kidSize, counterSize),
    size,
  };
}

/** Bytes behind the first that the integer takes: none below 8. */
function integerSize(value: bigint): number {
  if (value < 0n || value > limits.maxInteger) throw new RangeError('KID and CTR have at most 8 bytes');
  if (value < 8n) return 0;
  let size = 1;
  for (let rest = value >> 8n; rest > 0n; rest >>= 8n) size++;
  return size;
}

/** Four bits: the integer itself, or the flag and its size less one. */
function field(value: bigint, size: number): number {
  return size === 0 ? Number(value) : 0b1000 | (size - 1);
}

function extendedSize(field: number): number {
  return (field & 0b1000) === 0 ? 0 : (field & 0b0111) + 1;
}

function writeInteger(target: Uint8Array, offset: number, size: number, value: bigint): void {
  let rest = value;
  for (let at = offset + size - 1; at >= offset; at--) {
    target[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

function readInteger(source: Uint8Array, offset: number, size: number): bigint {
  let value = 0n;
  for (let at = offset; at < offset + size; at++) value = (value << 8n) | BigInt(source[at]!);
  return value;
}
