/**
 * Takes out of a picture what its camera and programs wrote about it (place, time, device, names), without touching a
 * pixel: what is kept is on a list, everything else goes, and so does what stands behind the picture's end. Of EXIF only
 * the orientation is written anew.
 */
import { readExifOrientation, writeExifOrientation } from './exif.ts';
import { asciiAt, type ImageType, viewOf } from './imageHeader.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const segmentLimit = 20_000;

/** The picture without metadata; null where its structure is damaged, or of a type that has to be encoded anew. */
export function stripMetadata(bytes: Bytes, type: ImageType): Bytes | null {
  const pieces = stripped(bytes, type);
  if (pieces === null) return null;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  if (type === 'image/webp') viewOf(whole).setUint32(4, whole.length - 8, true);
  return whole;
}

function stripped(bytes: Bytes, type: ImageType): Bytes[] | null {
  switch (type) {
    case 'image/jpeg':
      return stripJpeg(bytes);
    case 'image/png':
      return stripPng(bytes);
    case 'image/webp':
      return stripWebp(bytes);
    case 'image/gif':
      return stripGif(bytes);
    case 'image/avif':
      return null;
  }
}

/** ITU T.81 annex B. Kept: JFIF, colour profile, Adobe's colour transform, and what the pixels are made of. */
function stripJpeg(bytes: Bytes): Bytes[] | null {
  const view = viewOf(bytes);
  const kept: Bytes[] = [bytes.subarray(0, 2)];
  let offset = 2;
  let orientation = 1;
  for (let segment = 0; segment < segmentLimit; segment += 1) {
    while (bytes[offset] === 0xff && bytes[offset + 1] === 0xff) offset += 1;
    if (offset + 2 > bytes.length || bytes[offset] !== 0xff) return null;
    const marker = bytes[offset + 1]!;
    if (marker === 0xd9) {
      kept.push(bytes.subarray(offset, offset + 2));
      if (orientation !== 1) kept.splice(1, 0, jpegOrientation(orientation));
      return kept;
    }
    if (offset + 4 > bytes.length) return null;
    const end = offset + 2 + view.getUint16(offset + 2);
    if (end < offset + 4 || end > bytes.length) return null;
    if (marker === 0xe1 && asciiAt(bytes, offset + 4, 'Exif\0\0')) {
      orientation = readExifOrientation(bytes.subarray(offset + 10, end));
    }
    if (isKeptInJpeg(bytes, marker, offset)) kept.push(bytes.subarray(offset, end));
    offset = end;
    if (marker !== 0xda) continue;
    // Entropy-coded data: up to a marker that is neither stuffing nor a restart.
    const start = offset;
    while (offset + 1 < bytes.length && !isMarker(bytes, offset)) offset += 1;
    if (offset + 1 >= bytes.length) return null;
    kept.push(bytes.subarray(start, offset));
  }
  return null;
}

function isMarker(bytes: Bytes, offset: number): boolean {
  if (bytes[offset] !== 0xff) return false;
  const next = bytes[offset + 1]!;
  return next !== 0x00 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7);
}

function isKeptInJpeg(bytes: Bytes, marker: number, offset: number): boolean {
  if (marker === 0xfe) return false;
  if (marker < 0xe0 || marker > 0xef) return true;
  if (marker === 0xe0) return asciiAt(bytes, offset + 4, 'JFIF\0');
  if (marker === 0xe2) return asciiAt(bytes, offset + 4, 'ICC_PROFILE\0');
  return marker === 0xee && asciiAt(bytes, offset + 4, 'Adobe');
}

function jpegOrientation(orientation: number): Bytes {
  const tiff = writeExifOrientation(orientation);
  const segment = new Uint8Array(10 + tiff.length);
  viewOf(segment).setUint16(0, 0xffe1);
  viewOf(segment).setUint16(2, segment.length - 2);
  segment.set(new TextEncoder().encode('Exif\0\0'), 4);
  segment.set(tiff, 10);
  return segment;
}

/** W3C PNG, third edition: critical chunks, colour, transparency, pixel shape and animation. */
const keptChunks = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT'.split(' '),
);

function stripPng(bytes: Bytes): Bytes[] | null {
  const view = viewOf(bytes);
  const kept: Bytes[] = [bytes.subarray(0, 8)];
  let offset = 8;
  for (let chunk = 0; chunk < segmentLimit && offset + 12 <= bytes.length; chunk += 1) {
    const end = offset + 12 + view.getUint32(offset);
    if (end > bytes.length) return null;
    const name = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (keptChunks.has(name)) kept.push(bytes.subarray(offset, end));
    if (name === 'eXIf') {
      const orientation = readExifOrientation(bytes.subarray(offset + 8, end - 4));
      if (orientation !== 1) kept.push(pngChunk('eXIf', writeExifOrientation(orientation)));
    }
    if (name === 'IEND') return kept;
    offset = end;
  }
  return null;
}

function pngChunk(name: string, data: Bytes): Bytes {
  const chunk = new Uint8Array(12 + data.length);
  const view = viewOf(chunk);
  view.setUint32(0, data.length);
  for (let index = 0; index < 4; index += 1) chunk[4 + index] = name.charCodeAt(index);
  chunk.set(data, 8);
  view.setUint32(8 + data.length, crc32(chunk.subarray(4, 8 + data.length)));
  return chunk;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

const webpExifFlag = 0x08;
const webpXmpFlag = 0x04;

/** RFC 9649. */
function stripWebp(bytes: Bytes): Bytes[] | null {
  if (bytes.length < 12) return null;
  const view = viewOf(bytes);
  const kept: Bytes[] = [bytes.slice(0, 12)];
  const end = Math.min(bytes.length, 8 + view.getUint32(4, true));
  let offset = 12;
  for (let chunk = 0; chunk < segmentLimit && offset + 8 <= end; chunk += 1) {
    const next = offset + 8 + view.getUint32(offset + 4, true);
    const padded = next + (next & 1);
    if (next > end) return null;
    if (asciiAt(bytes, offset, 'VP8X')) {
      const extended = bytes.slice(offset, padded);
      extended[8] = extended[8]! & ~(webpExifFlag | webpXmpFlag);
      kept.push(extended);
    } else if (['VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF', 'ICCP'].some((id) => asciiAt(bytes, offset, id))) {
      kept.push(bytes.subarray(offset, Math.min(padded, end)));
    }
    offset = padded;
  }
  return kept.length > 1 && offset >= end ? kept : null;
}

/** GIF89a §17 to 27. Kept: the pictures, their timing, and how often they repeat. */
function stripGif(bytes: Bytes): Bytes[] | null {
  const tableSize = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let offset = 13 + tableSize(bytes[10] ?? 0);
  const kept: Bytes[] = [bytes.subarray(0, offset)];
  const afterBlocks = (from: number): number => {
    let at = from;
    while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at]!;
    return at + 1;
  };
  for (let block = 0; block < segmentLimit && offset < bytes.length; block += 1) {
    const kind = bytes[offset];
    if (kind === 0x3b) return [...kept, bytes.subarray(offset, offset + 1)];
    let end: number;
    let isKept = true;
    if (kind === 0x2c) {
      end = afterBlocks(offset + 11 + tableSize(bytes[offset + 9] ?? 0));
    } else if (kind === 0x21) {
      end = afterBlocks(offset + 2);
      const label = bytes[offset + 1];
      isKept = label === 0xf9 || (label === 0xff && asciiAt(bytes, offset + 3, 'NETSCAPE2.0'));
    } else return null;
    if (end > bytes.length) return null;
    if (isKept) kept.push(bytes.subarray(offset, end));
    offset = end;
  }
  return null;
}
