/**
 * Makes of a picture what is sent: looked at before it is decoded, shrunk and encoded anew (so that nothing its camera wrote
 * is left), or, in its original size, only without what was written into it. With it come a small picture, a placeholder
 * of a few bytes, and the dimensions. Browsers decode and encode on threads of their own; what is done here is small.
 */
import { rgbaToThumbHash } from 'thumbhash';
import type { PictureFault } from './faults.ts';
import { headerSizeBytes, type ImageHeader, longHeaderSizeBytes, readImageHeader } from './imageHeader.ts';
import { stripMetadata } from './stripMetadata.ts';

export interface PreparedPicture {
  readonly source: Blob;
  readonly mediaType: string;
  /** Upright. */
  readonly width: number;
  readonly height: number;
  readonly previews: Previews;
}
export interface Previews {
  /** At most 16 kB. */
  readonly thumbnail: Uint8Array;
  /** At most 2 kB, for messages with many pictures. */
  readonly smallThumbnail: Uint8Array;
  /** ThumbHash. */
  readonly placeholder: Uint8Array;
}
const pixelLimit = 100_000_000;
const sideLimit = 30_000;
const shrunkSide = 2048;
const jpegQuality = 0.85;
const webpQuality = 0.86;
/** What is stripped in memory; larger ones are sent shrunk, or as a file. */
const originalSizeLimit = 96 * 1024 * 1024;
const placeholderSide = 100;

const thumbnailSteps = [
  [320, 0.7],
  [320, 0.5],
  [240, 0.5],
  [200, 0.4],
  [128, 0.3],
] as const;
const smallThumbnailSteps = [
  [96, 0.4],
  [72, 0.3],
  [48, 0.2],
] as const;
const thumbnailSizeLimit = 16 * 1024;
const smallThumbnailSizeLimit = 2 * 1024;

/** The header of a picture that may be decoded; else why not. Reads only the beginning of the file. */
export async function inspectPicture(file: Blob): Promise<ImageHeader | PictureFault> {
  let start = new Uint8Array(await file.slice(0, headerSizeBytes).arrayBuffer());
  let header = readImageHeader(start);
  if (header === null && file.size > headerSizeBytes && start[0] === 0xff && start[1] === 0xd8) {
    start = new Uint8Array(await file.slice(0, longHeaderSizeBytes).arrayBuffer());
    header = readImageHeader(start);
  }
  if (header === null) return 'unsupported';
  return isTooLarge(header) ? 'bomb' : header;
}

/** Whether it would unfold to more than is opened here. */
export function isTooLarge({ width, height }: Pick<ImageHeader, 'width' | 'height'>): boolean {
  return width * height > pixelLimit || width > sideLimit || height > sideLimit;
}

/** `original`: every pixel as it is, where the type allows to take out what was written into it. */
export async function preparePicture(file: Blob, original: boolean): Promise<PreparedPicture | PictureFault> {
  const header = await inspectPicture(file);
  if (typeof header === 'string') return header;
  const bitmap = await decode(file, header);
  if (bitmap === null) return 'damaged';
  try {
    const previews = await makePreviews(bitmap, bitmap.width, bitmap.height);
    const upright = { width: bitmap.width, height: bitmap.height };
    const scale = original ? 1 : Math.min(1, shrunkSide / Math.max(upright.width, upright.height));
    const stripped = scale === 1 || header.type === 'image/gif' ? await strip(file, header) : null;
    // Animations live in the file: a canvas would keep their first picture.
    const keepsFile = original || header.type === 'image/gif';
    if (stripped !== null && keepsFile) {
      return { source: stripped, mediaType: header.type, ...upright, previews };
    }
    const canvas = draw(bitmap, upright.width * scale, upright.height * scale);
    const source = await encode(canvas, header.type);
    // What was small already only gets worse.
    if (stripped !== null && stripped.size <= source.size) {
      return { source: stripped, mediaType: header.type, ...upright, previews };
    }
    return { source, mediaType: source.type, width: canvas.width, height: canvas.height, previews };
  } finally {
    bitmap.close();
  }
}

/** Previews of anything that can be drawn, as a frame of a video. */
export async function makePreviews(
  image: CanvasImageSource,
  width: number,
  height: number,
): Promise<Previews> {
  return {
    thumbnail: await smallPicture(image, width, height, thumbnailSteps, thumbnailSizeLimit),
    smallThumbnail: await smallPicture(image, width, height, smallThumbnailSteps, smallThumbnailSizeLimit),
    placeholder: placeholderOf(image, width, height),
  };
}

/** A square picture of at most `side` pixels that keeps transparency, for stickers; null where it cannot be made small. */
export async function prepareSticker(
  file: Blob,
  side: number,
  sizeLimitBytes: number,
): Promise<Uint8Array | PictureFault> {
  const header = await inspectPicture(file);
  if (typeof header === 'string') return header;
  const bitmap = await decode(file, header);
  if (bitmap === null) return 'damaged';
  const canvas = new OffscreenCanvas(side, side);
  const scale = Math.min(side / bitmap.width, side / bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  const context = contextOf(canvas);
  context.drawImage(bitmap, (side - width) / 2, (side - height) / 2, width, height);
  bitmap.close();
  for (const quality of [0.9, 0.75, 0.55, 0.35]) {
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality });
    if (blob.size <= sizeLimitBytes) return new Uint8Array(await blob.arrayBuffer());
  }
  return side > 128 ? prepareSticker(file, side / 2, sizeLimitBytes) : 'unsupported';
}

async function decode(file: Blob, header: ImageHeader): Promise<ImageBitmap | null> {
  try {
    // The type that its bytes say: a wrong one in the name or from the browser is not asked.
    const bitmap = await createImageBitmap(new Blob([file], { type: header.type }));
    if (!isTooLarge(bitmap)) return bitmap;
    bitmap.close();
    return null;
  } catch {
    return null;
  }
}

async function strip(file: Blob, header: ImageHeader): Promise<Blob | null> {
  if (file.size > originalSizeLimit) return null;
  const bytes = stripMetadata(new Uint8Array(await file.arrayBuffer()), header.type);
  return bytes === null ? null : new Blob([bytes], { type: header.type });
}

/** JPEG of JPEG, which has no transparency; else WebP, or PNG where the browser cannot write it (Safari). */
function encode(canvas: OffscreenCanvas, type: ImageHeader['type']): Promise<Blob> {
  return canvas.convertToBlob(
    type === 'image/jpeg'
      ? { type: 'image/jpeg', quality: jpegQuality }
      : { type: 'image/webp', quality: webpQuality },
  );
}

async function smallPicture(
  image: CanvasImageSource,
  width: number,
  height: number,
  steps: readonly (readonly [number, number])[],
  sizeLimitBytes: number,
): Promise<Uint8Array> {
  for (const [side, quality] of steps) {
    const scale = Math.min(1, side / Math.max(width, height));
    const canvas = draw(image, width * scale, height * scale);
    let blob = await canvas.convertToBlob({ type: 'image/webp', quality });
    if (blob.type !== 'image/webp') blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
    if (blob.size <= sizeLimitBytes) return new Uint8Array(await blob.arrayBuffer());
  }
  return new Uint8Array();
}

function placeholderOf(image: CanvasImageSource, width: number, height: number): Uint8Array {
  const scale = Math.min(1, placeholderSide / Math.max(width, height));
  const canvas = draw(image, width * scale, height * scale);
  const { data } = contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
  return rgbaToThumbHash(canvas.width, canvas.height, data);
}

function draw(image: CanvasImageSource, width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width)), Math.max(1, Math.round(height)));
  const context = contextOf(canvas);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  return context;
}
