/**
 * What a picture is and how large it becomes, read from its first bytes: the type by its signature, never by its name,
 * and the dimensions before anything decodes it, so that a small file that unfolds to gigabytes is not opened at all.
 */
import { readExifOrientation } from './exif.ts';

export type ImageType = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif' | 'image/avif';

export interface ImageHeader {
  readonly type: ImageType;
  /** Pixels as stored, before they are turned. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1 to 8; 1 is upright. */
  readonly orientation: number;
}

/** Bytes that are enough for the header of nearly every picture, and of every one that is accepted. */
export const headerSizeBytes = 64 * 1024;
export const longHeaderSizeBytes = 4 * 1024 * 1024;

const segmentLimit = 2000;

/** The header at the beginning of `bytes`; null where it is no picture that is known here, or is cut off. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | null {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return readJpeg(bytes);
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return readPng(bytes);
  if (asciiAt(bytes, 0, 'RIFF') && asciiAt(bytes, 8, 'WEBP')) return readWebp(bytes);
  if (asciiAt(bytes, 0, 'GIF87a') || asciiAt(bytes, 0, 'GIF89a')) return readGif(bytes);
  if (asciiAt(bytes, 4, 'ftyp') && (asciiAt(bytes, 8, 'avif') || asciiAt(bytes, 8, 'avis'))) {
    return readAvif(bytes);
  }
  return null;
}

export function asciiAt(bytes: Uint8Array, offset: number, text: string): boolean {
  if (offset + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[offset + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function header(type: ImageType, width: number, height: number, orientation = 1): ImageHeader | null {
  return width > 0 && height > 0 ? { type, width, height, orientation } : null;
}

/** ITU T.81 B.2.2: the frame header (SOF) holds the dimensions. */
function readJpeg(bytes: Uint8Array): ImageHeader | null {
  const view = viewOf(bytes);
  let offset = 2;
  let orientation = 1;
  for (let segment = 0; segment < segmentLimit && offset + 4 <= bytes.length; segment += 1) {
    if (bytes[offset] !== 0xff) return null;
    const marker = bytes[offset + 1]!;
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    const length = view.getUint16(offset + 2);
    if (length < 2) return null;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      if (offset + 9 > bytes.length) return null;
      return header('image/jpeg', view.getUint16(offset + 7), view.getUint16(offset + 5), orientation);
    }
    if (marker === 0xda || marker === 0xd9) return null;
    if (marker === 0xe1 && asciiAt(bytes, offset + 4, 'Exif\0\0')) {
      orientation = readExifOrientation(bytes.subarray(offset + 10, offset + 2 + length));
    }
    offset += 2 + length;
  }
  return null;
}

function readPng(bytes: Uint8Array): ImageHeader | null {
  if (bytes.length < 33 || !asciiAt(bytes, 12, 'IHDR')) return null;
  const view = viewOf(bytes);
  let orientation = 1;
  let offset = 8;
  while (offset + 12 <= bytes.length && !asciiAt(bytes, offset + 4, 'IDAT')) {
    const length = view.getUint32(offset);
    if (asciiAt(bytes, offset + 4, 'eXIf') && offset + 8 + length <= bytes.length) {
      orientation = readExifOrientation(bytes.subarray(offset + 8, offset + 8 + length));
    }
    offset += 12 + length;
  }
  return header('image/png', view.getUint32(16), view.getUint32(20), orientation);
}

function readWebp(bytes: Uint8Array): ImageHeader | null {
  if (bytes.length < 30) return null;
  const view = viewOf(bytes);
  if (asciiAt(bytes, 12, 'VP8X')) {
    const width = 1 + view.getUint16(24, true) + (bytes[26]! << 16);
    const height = 1 + view.getUint16(27, true) + (bytes[29]! << 16);
    return header('image/webp', width, height);
  }
  if (asciiAt(bytes, 12, 'VP8L')) {
    const bits = view.getUint32(21, true);
    return header('image/webp', (bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
  }
  if (asciiAt(bytes, 12, 'VP8 ')) {
    return header('image/webp', view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
  }
  return null;
}

function readGif(bytes: Uint8Array): ImageHeader | null {
  if (bytes.length < 10) return null;
  const view = viewOf(bytes);
  return header('image/gif', view.getUint16(6, true), view.getUint16(8, true));
}

/** ISO 23008-12 §6.5.3: each image has an `ispe` property; the largest one is what a decoder may unfold. */
function readAvif(bytes: Uint8Array): ImageHeader | null {
  const view = viewOf(bytes);
  let width = 0;
  let height = 0;
  for (let offset = 8; offset + 16 <= Math.min(bytes.length, headerSizeBytes); offset += 1) {
    if (bytes[offset] !== 0x69 || !asciiAt(bytes, offset, 'ispe')) continue;
    width = Math.max(width, view.getUint32(offset + 8));
    height = Math.max(height, view.getUint32(offset + 12));
  }
  return header('image/avif', width, height);
}
