/**
 * What a sticker pack's blob holds (spec/attachments.md, "Sticker packs"): the size of its manifest (4), the manifest, then the
 * pictures. Invariant: every picture that leaves here is a WebP or PNG, small in bytes and in pixels: it is decoded as soon
 * as it is seen.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { limits, StickerPackSchema } from '@sotto/protocol';
import type { NewStickerPack } from '../apiMedia.ts';
import { isThumbnail } from '../attachments/attachmentContent.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { isEmoji } from '../messages/emoji.ts';
import { isBlank } from '../messages/textContent.ts';

const prefixSizeBytes = 4;
/** As much as it takes to read any manifest. */
export const packHeadSizeBytes = prefixSizeBytes + limits.stickerManifestSizeBytes;
export const packSizeLimit = packHeadSizeBytes + limits.stickersPerPack * limits.stickerSizeBytes;

export interface PackHead {
  readonly title: string;
  /** Empty where it is not said. */
  readonly author: string;
  /** `start` and `end`: where the picture stands in the file. */
  readonly stickers: readonly { readonly emoji: string; readonly start: number; readonly end: number }[];
}
export interface PackSticker {
  /** Its place in the pack. */
  readonly sticker: string;
  readonly emoji: string;
  readonly image: Uint8Array;
}

/** The plaintext of a new pack, or why there can be none. */
export function encodePack({
  title,
  author,
  stickers,
}: NewStickerPack): Uint8Array | 'malformed' | 'tooLarge' {
  const isLarge =
    Math.max(title.length, author.length) > limits.stickerPackTitleLength ||
    stickers.length > limits.stickersPerPack ||
    stickers.some(({ image }) => image.length > limits.stickerSizeBytes);
  if (isLarge) return 'tooLarge';
  const value = {
    title: soundName(title),
    author: soundName(author),
    stickers: stickers.map(({ emoji, image }) => ({
      emoji: isEmoji(emoji) ? emoji : '',
      sizeBytes: image.length,
    })),
  };
  const isSound =
    value.title !== '' && stickers.length > 0 && stickers.every(({ image }) => isStickerPicture(image));
  if (!isSound) return 'malformed';
  const manifest = toBinary(StickerPackSchema, create(StickerPackSchema, value));
  const parts = [manifest, ...stickers.map(({ image }) => image)];
  const sizeBytes = parts.reduce((sum, { length }) => sum + length, prefixSizeBytes);
  const file = new Uint8Array(sizeBytes);
  new DataView(file.buffer).setUint32(0, manifest.length);
  let at = prefixSizeBytes;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/**
 * What a pack says of itself. `start`: the first `packHeadSizeBytes` of the file, or all of a shorter one. Null where it is
 * none: too many pictures, too large or none at all, or ones that do not fill the file to its end.
 */
export function decodePackHead(start: Uint8Array, fileSizeBytes: number): PackHead | null {
  if (start.length < prefixSizeBytes) return null;
  const manifestSize = new DataView(start.buffer, start.byteOffset, start.byteLength).getUint32(0);
  const begin = prefixSizeBytes + manifestSize;
  if (manifestSize > limits.stickerManifestSizeBytes || begin > start.length) return null;
  const manifest = decodeMessage(StickerPackSchema, start.subarray(prefixSizeBytes, begin));
  if (manifest === null || manifest.stickers.length > limits.stickersPerPack) return null;
  let at = begin;
  const stickers: PackHead['stickers'][number][] = [];
  for (const { emoji, sizeBytes } of manifest.stickers) {
    if (sizeBytes === 0 || sizeBytes > limits.stickerSizeBytes) return null;
    stickers.push({ emoji: isEmoji(emoji) ? emoji : '', start: at, end: at + sizeBytes });
    at += sizeBytes;
  }
  const title = soundName(manifest.title.slice(0, limits.stickerPackTitleLength));
  const author = soundName(manifest.author.slice(0, limits.stickerPackTitleLength));
  return title === '' || stickers.length === 0 || at !== fileSizeBytes ? null : { title, author, stickers };
}

/** Of the whole file. What is no such picture is left out; the others keep their names. */
export function packStickers(file: Uint8Array, { stickers }: PackHead): PackSticker[] {
  return stickers.flatMap(({ emoji, start, end }, place) => {
    const image = file.slice(start, end);
    return isStickerPicture(image) ? [{ sticker: String(place), emoji, image }] : [];
  });
}

/** WebP or PNG, by its first bytes. */
export function isStickerPicture(image: Uint8Array): boolean {
  return image[0] !== 0xff && isThumbnail(image, limits.stickerSizeBytes);
}

/** Without what turns its order around or breaks lines; empty where nothing of it can be seen. */
function soundName(name: string): string {
  const plain = name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '')
    .trim();
  return isBlank(plain) ? '' : plain;
}
