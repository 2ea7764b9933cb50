/** Bad input of issue 5: names with paths and right-to-left tricks, wrong types, pictures that unfold. */
import { expect, it } from 'vitest';
import { isThumbnail } from './attachmentContent.ts';
import { safeFileName } from './fileName.ts';
import { claimedMediaType, sniffMediaType, unknownMediaType } from './mediaTypes.ts';

it('makes one visible path component of any name', () => {
  for (const [name, safe] of [
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\system32\\evil.dll', 'evil.dll'],
    ['photo\u202Egpj.exe', 'photogpj.exe'],
    ['a\u200B\u2066b\0\n.txt', 'ab.txt'],
    ['..', 'file'],
    ['', 'file'],
    ['con.txt', '_con.txt'],
    ['a<b>:"c|?*.png', 'a_b___c___.png'],
    ['\ud800x.txt', '\ufffdx.txt'],
  ] as const) {
    expect(safeFileName(name)).toBe(safe);
  }
  const long = safeFileName(`${'x'.repeat(500)}.jpeg`);
  expect(long.length).toBe(120);
  expect(long.endsWith('….jpeg')).toBe(true);
});

it('names only types that cannot script, by the bytes', () => {
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  for (const claimed of [
    'text/html',
    'image/svg+xml',
    'application/pdf',
    'text/javascript',
    'IMAGE/SVG+XML;x',
  ]) {
    expect(claimedMediaType(claimed)).toBe(unknownMediaType);
    expect(sniffMediaType(bytes('<svg onload="alert(1)">'), claimed)).toBe(unknownMediaType);
  }
  expect(sniffMediaType(bytes('<!doctype html><script>'), 'image/png')).toBe(unknownMediaType);
  expect(sniffMediaType(bytes('\x89PNG\r\n\x1a\n'), 'text/html')).toBe('image/png');
  expect(sniffMediaType(bytes('\x1aE\xdf\xa3'), 'audio/webm;codecs=opus')).toBe('audio/webm');
  expect(sniffMediaType(new Uint8Array(0), 'video/mp4')).toBe(unknownMediaType);
});

it('shows no thumbnail that unfolds beyond its size, or is none', () => {
  const png = new Uint8Array(24);
  png.set(Uint8Array.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', (character) => character.charCodeAt(0)));
  const size = new DataView(png.buffer);
  size.setUint32(16, 64);
  size.setUint32(20, 64);
  expect(isThumbnail(png)).toBe(true);
  size.setUint32(20, 60_000);
  expect(isThumbnail(png)).toBe(false);
  for (const none of [new Uint8Array(0), png.subarray(0, 18), Uint8Array.of(1, 2, 3)])
    expect(isThumbnail(none)).toBe(false);
});
