/** Bad input of issue 5: packs that are cut short, hold too much or too many, SVGs, and pictures that unfold. */
import { create, toBinary } from '@bufbuild/protobuf';
import { limits, StickerPackSchema } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewStickerPack } from '../apiMedia.ts';
import { decodePackHead, encodePack, packHeadSizeBytes, packSizeLimit, packStickers } from './packFile.ts';
import { formatPackLink, parsePackLink } from './packLink.ts';

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** The header of a PNG, which is all of it that is looked at, and random bytes. */
function png(sizeBytes: number, width = 64, height = 64): Uint8Array {
  const image = new Uint8Array(sizeBytes);
  crypto.getRandomValues(image.subarray(0, Math.min(sizeBytes, 65_536)));
  image.set(bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'));
  new DataView(image.buffer).setUint32(16, width);
  new DataView(image.buffer).setUint32(20, height);
  return image;
}

const svg = bytes('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
const jpeg = bytes('\xff\xd8\xff\xc0\0\x0b\x08\0\x40\0\x40\x01\x01\x11\0');

const packOf = (images: readonly Uint8Array[], change: Partial<NewStickerPack> = {}): NewStickerPack => ({
  title: 'Quay',
  author: 'Ida',
  stickers: images.map((image) => ({ emoji: '⛵', image })),
  ...change,
});

function encoded(pack: NewStickerPack): Uint8Array {
  const file = encodePack(pack);
  if (typeof file === 'string') throw new Error(file);
  return file;
}

/** As another client could make it. */
function fileOf(manifest: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const sizes = new Uint8Array(4);
  new DataView(sizes.buffer).setUint32(0, manifest.length);
  return new Uint8Array(Buffer.concat([sizes, manifest, ...parts]));
}

function read(file: Uint8Array) {
  const head = decodePackHead(file, file.length);
  return head === null ? null : { ...head, stickers: packStickers(file, head) };
}

const manifestOf = (images: readonly Uint8Array[], title = 'Quay') =>
  toBinary(
    StickerPackSchema,
    create(StickerPackSchema, { title, stickers: images.map(({ length }) => ({ sizeBytes: length })) }),
  );

describe('a pack', () => {
  it('is read as it was made, and its head without its pictures', () => {
    const images = [png(2000), png(65_536), png(30)];
    const file = encoded(packOf(images));
    expect(read(file)).toEqual({
      title: 'Quay',
      author: 'Ida',
      stickers: images.map((image, place) => ({ sticker: String(place), emoji: '⛵', image })),
    });
    const head = decodePackHead(file.subarray(0, packHeadSizeBytes), file.length);
    expect(head?.stickers.map(({ start, end }) => file.slice(start, end))).toEqual(images);
  });

  it('holds as much as it may: 200 pictures of 64 kB', () => {
    const image = png(limits.stickerSizeBytes);
    const longest = '👩🏽‍❤️‍💋‍👨🏿';
    const stickers = Array.from({ length: limits.stickersPerPack }, () => ({ emoji: longest, image }));
    const file = encoded({ title: '文'.repeat(60), author: '文'.repeat(60), stickers });
    expect(file.length).toBeLessThanOrEqual(packSizeLimit);
    expect(decodePackHead(file.subarray(0, packHeadSizeBytes), file.length)?.stickers).toHaveLength(200);
  });

  it('is not made of too much, of nothing, or of what is no small WebP or PNG', () => {
    const many = Array.from({ length: limits.stickersPerPack + 1 }, () => png(30));
    for (const large of [
      packOf(many),
      packOf([png(limits.stickerSizeBytes + 1)]),
      packOf([png(30)], { title: 'x'.repeat(61) }),
      packOf([png(30)], { author: 'x'.repeat(61) }),
    ])
      expect(encodePack(large)).toBe('tooLarge');
    for (const none of [
      packOf([]),
      packOf([png(30)], { title: ' \u202e\n' }),
      packOf([svg]),
      packOf([jpeg]),
      packOf([png(30, 60_000, 60_000)]),
      packOf([png(30), new Uint8Array(0)]),
    ])
      expect(encodePack(none)).toBe('malformed');
  });

  it('of another client shows nothing of an SVG, a bomb or a JPEG, and the others keep their names', () => {
    const images = [svg, png(40), png(30, 60_000, 60_000), jpeg, png(50)];
    const shown = read(fileOf(manifestOf(images), ...images));
    expect(shown?.stickers.map(({ sticker }) => sticker)).toEqual(['1', '4']);
    expect(read(fileOf(manifestOf([svg]), svg))?.stickers).toEqual([]);
  });

  it('that is cut short, goes on after its end, or says of itself what is not so is none', () => {
    const images = [png(100), png(200)];
    const file = encoded(packOf(images));
    for (let length = 0; length < file.length; length++) {
      expect(read(file.slice(0, length))).toBeNull();
    }
    expect(read(fileOf(manifestOf(images), ...images, Uint8Array.of(0)))).toBeNull();
    const many = Array.from({ length: limits.stickersPerPack + 1 }, () => png(30));
    expect(read(fileOf(manifestOf(many), ...many))).toBeNull();
    const large = [png(limits.stickerSizeBytes + 1)];
    expect(read(fileOf(manifestOf(large), ...large))).toBeNull();
    expect(read(fileOf(manifestOf([new Uint8Array(0)])))).toBeNull();
    expect(read(fileOf(manifestOf([])))).toBeNull();
    expect(read(fileOf(manifestOf(images, '\u202e'), ...images))).toBeNull();
    expect(read(fileOf(new Uint8Array(limits.stickerManifestSizeBytes + 1)))).toBeNull();
  });

  it('has names that turn nothing around and stay on their line', () => {
    const file = encoded(packOf([png(30)], { title: ' a\u202eb\u2066c\nd ', author: '\u200b' }));
    expect(read(file)).toMatchObject({ title: 'abcd', author: '' });
  });

  it('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (some, isManifest) => {
        const file = isManifest ? fileOf(some) : some;
        const shown = read(file);
        return shown === null || shown.stickers.length <= limits.stickersPerPack;
      }),
    );
  });
});

describe('the link of a pack', () => {
  const source = { key: new Uint8Array(32).fill(7), blobId: 'a1'.repeat(32), sizeBytes: 5000 };

  it('says what it takes to fetch and open it', () => {
    const link = formatPackLink(source);
    expect(link).toMatch(/^[\w-]{96}$/);
    expect(parsePackLink(link)).toEqual({ ...source, conversation: null });
  });

  it('is none where it is not of that form, or names a size that no pack has', () => {
    const link = formatPackLink(source);
    for (const wrong of ['', 'x', link.slice(1), `${link}A`, `+${link.slice(1)}`, `${link.slice(1)}=`])
      expect(parsePackLink(wrong)).toBeNull();
    expect(parsePackLink(formatPackLink({ ...source, sizeBytes: 0 }))).toBeNull();
    expect(parsePackLink(formatPackLink({ ...source, sizeBytes: packSizeLimit + 1 }))).toBeNull();
  });
});
