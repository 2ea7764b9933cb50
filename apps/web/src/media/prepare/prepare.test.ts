import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeFileName } from '../fileName.ts';
import { readExifOrientation, writeExifOrientation } from './exif.ts';
import { readImageHeader } from './imageHeader.ts';
import { sniffType } from './sniffType.ts';
import { stripMetadata } from './stripMetadata.ts';
import { stripVideo } from './stripVideo.ts';
import { box, jpeg, jpegSegment, png, pngChunk, riff, text } from './testing/madePictures.ts';

const contains = (bytes: Uint8Array, what: string): boolean => Buffer.from(bytes).includes(what);

describe('the header of a picture', () => {
  it('says type and dimensions, and the orientation of EXIF', () => {
    const exif = jpegSegment(0xe1, [...text('Exif\0\0'), ...writeExifOrientation(6)]);
    expect(readImageHeader(jpeg(640, 480, [exif]))).toEqual({
      type: 'image/jpeg',
      width: 640,
      height: 480,
      orientation: 6,
    });
    expect(readImageHeader(png(50_000, 50_000))).toMatchObject({ width: 50_000, height: 50_000 });
    expect(readImageHeader(riff('VP8X', [0, 0, 0, 0, 99, 0, 0, 49, 0, 0]))).toMatchObject({
      type: 'image/webp',
      width: 100,
      height: 50,
    });
  });

  it('is none where the file is cut off, or is something else', () => {
    expect(readImageHeader(png(10, 10).subarray(0, 20))).toBe(null);
    expect(readImageHeader(jpeg(10, 10).subarray(0, 5))).toBe(null);
    expect(readImageHeader(new Uint8Array())).toBe(null);
    expect(readImageHeader(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toBe(null);
  });

  it('never fails, whatever the bytes are', () => {
    const starts = [
      [0xff, 0xd8, 0xff],
      [...text('RIFF0000WEBPVP8X')],
      [...text('0000ftypavif')],
      [...text('GIF89a')],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 300 }), (start, rest) => {
        const bytes = new Uint8Array([...start, ...rest]);
        readImageHeader(bytes);
        sniffType(bytes);
        for (const type of ['image/jpeg', 'image/png', 'image/webp', 'image/gif'] as const) {
          stripMetadata(bytes, type);
        }
        readExifOrientation(bytes);
      }),
    );
  });
});

describe('what a camera wrote into a picture', () => {
  it('is taken out of a JPEG, and what stands behind its end; the orientation stays', () => {
    const gps = [...writeExifOrientation(8), ...text('GPS 59.913 N 10.752 E')];
    const file = jpeg(8, 8, [
      jpegSegment(0xe0, text('JFIF\0 header')),
      jpegSegment(0xe1, [...text('Exif\0\0'), ...gps]),
      jpegSegment(0xe1, text('http://ns.adobe.com/xap/1.0/\0 owner=maren')),
      jpegSegment(0xed, text('Photoshop 3.0\0 city=Oslo')),
      jpegSegment(0xe2, text('ICC_PROFILE\0 colours')),
      jpegSegment(0xe2, text('MPF\0 second picture')),
      jpegSegment(0xfe, text('a comment')),
    ]);
    const whole = new Uint8Array([...file, ...text('behind the end: GPS again')]);
    const stripped = stripMetadata(whole, 'image/jpeg')!;
    for (const gone of ['GPS', 'owner', 'Oslo', 'MPF', 'comment', 'behind']) {
      expect(contains(stripped, gone), gone).toBe(false);
    }
    for (const kept of ['JFIF', 'ICC_PROFILE', 'pixels']) expect(contains(stripped, kept), kept).toBe(true);
    expect(readImageHeader(stripped)).toMatchObject({ width: 8, height: 8, orientation: 8 });
  });

  it('is taken out of a PNG; its orientation and its pixels stay', () => {
    const file = png(4, 4, [
      pngChunk('tEXt', text('Location\0Oslo')),
      pngChunk('eXIf', [...writeExifOrientation(3), ...text('GPS')]),
      pngChunk('tIME', [7, 0xe9, 1, 1, 0, 0, 0]),
      pngChunk('sRGB', [0]),
    ]);
    const stripped = stripMetadata(file, 'image/png')!;
    expect(contains(stripped, 'Oslo')).toBe(false);
    expect(contains(stripped, 'GPS')).toBe(false);
    expect(contains(stripped, 'tIME')).toBe(false);
    expect(contains(stripped, 'sRGB')).toBe(true);
    expect(readImageHeader(stripped)).toMatchObject({ width: 4, height: 4, orientation: 3 });
  });

  it('is taken out of a WebP, with the flags that announce it', () => {
    const file = riff(
      'VP8X',
      [0x0c, 0, 0, 0, 9, 0, 0, 9, 0, 0],
      [
        ['VP8 ', text('pixels')],
        ['EXIF', text('GPS of Oslo')],
        ['XMP ', text('owner')],
      ],
    );
    const stripped = stripMetadata(file, 'image/webp')!;
    expect(contains(stripped, 'GPS')).toBe(false);
    expect(contains(stripped, 'owner')).toBe(false);
    expect(contains(stripped, 'pixels')).toBe(true);
    expect(stripped[20]).toBe(0);
    expect(new DataView(stripped.buffer).getUint32(4, true)).toBe(stripped.length - 8);
  });

  it('is taken out of a GIF; its pictures and how often they repeat stay', () => {
    const blocks = (kind: number, label: number, ...parts: string[]): number[] => [
      kind,
      label,
      ...parts.flatMap((part) => [part.length, ...text(part)]),
      0,
    ];
    const image = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0];
    const file = new Uint8Array([
      ...text('GIF89a'),
      ...[1, 0, 1, 0, 0x80, 0, 0, 1, 2, 3, 4, 5, 6],
      ...blocks(0x21, 0xff, 'NETSCAPE2.0', '\x01\0\0'),
      ...blocks(0x21, 0xfe, 'made in Oslo'),
      ...blocks(0x21, 0xff, 'XMP DataXMP', 'owner'),
      ...image,
      0x3b,
      ...text('behind'),
    ]);
    const stripped = stripMetadata(file, 'image/gif')!;
    for (const gone of ['Oslo', 'owner', 'behind']) expect(contains(stripped, gone), gone).toBe(false);
    expect(contains(stripped, 'NETSCAPE2.0')).toBe(true);
    expect(stripped.at(-1)).toBe(0x3b);
  });

  it('leads to no picture where its structure is damaged', () => {
    expect(stripMetadata(jpeg(8, 8).subarray(0, -2) as Uint8Array<ArrayBuffer>, 'image/jpeg')).toBe(null);
    expect(stripMetadata(png(8, 8).subarray(0, 40) as Uint8Array<ArrayBuffer>, 'image/png')).toBe(null);
  });

  it('is emptied in a film, and nothing moves', async () => {
    const moov = box('moov', [
      ...box('mvhd', text('times')),
      ...box('trak', [...box('tkhd', text('track')), ...box('meta', text('owner'))]),
      ...box('udta', text('\u00a9xyz+59.913+010.752/')),
    ]);
    const file = new Uint8Array([...box('ftyp', text('isom')), ...moov, ...box('mdat', text('pixels'))]);
    const stripped = new Uint8Array(await (await stripVideo(new Blob([file]))).arrayBuffer());
    expect(stripped.length).toBe(file.length);
    expect(contains(stripped, '59.913')).toBe(false);
    expect(contains(stripped, 'owner')).toBe(false);
    for (const kept of ['times', 'track', 'pixels', 'free'])
      expect(contains(stripped, kept), kept).toBe(true);
    const broken = new Blob([new Uint8Array([0, 0, 0, 3, ...text('moov')])]);
    expect(await stripVideo(broken)).toBe(broken);
  });
});

describe('the type of a file', () => {
  it('is what its bytes say, and nothing for what could script', () => {
    expect(sniffType(png(1, 1))).toBe('image/png');
    expect(sniffType(new Uint8Array([0, 0, 0, 24, ...text('ftypisom')]))).toBe('video/mp4');
    expect(sniffType(new Uint8Array([0x1a, 0x45, 0xdf, 0xa3]))).toBe('video/webm');
    for (const other of ['<svg onload="alert(1)">', '<html>', '%PDF-1.7', 'MZ', '']) {
      expect(sniffType(new Uint8Array(text(other))), other).toBe(null);
    }
  });
});

describe('the name of a file', () => {
  it('has no folders, no turning or hidden signs, and nothing that systems forbid', () => {
    expect(safeFileName('../../etc/passwd')).toBe('passwd');
    expect(safeFileName('C:\\Users\\me\\plan.pdf')).toBe('plan.pdf');
    expect(safeFileName('holiday\u202egpj.exe')).toBe('holidaygpj.exe');
    expect(safeFileName('a\u200bb\u0000c.txt')).toBe('abc.txt');
    expect(safeFileName('what? "this" <that>|*.png')).toBe('what_ _this_ _that___.png');
    expect(safeFileName('..')).toBe('file');
    expect(safeFileName('\u202e')).toBe('file');
    expect(safeFileName('CON.txt')).toBe('_CON.txt');
    expect(safeFileName(`${'x'.repeat(400)}.jpeg`)).toHaveLength(120);
    expect(safeFileName(`${'x'.repeat(400)}.jpeg`)).toMatch(/\.jpeg$/);
  });

  it('is fit whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const safe = safeFileName(name);
        expect(safe).not.toBe('');
        expect(safe).not.toMatch(/[/\\<>:"|?*\u202a-\u202e\u2066-\u2069\u200b]|^\.|\.$/);
        expect([...safe].length).toBeLessThanOrEqual(121);
      }),
    );
  });
});
