/** ZIP archives, and what others read of them; those above 4 GiB: largeArchive.test.ts. */
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { type ArchiveFile, createArchive } from './archive.ts';
import { crc32 } from './crc32.ts';

const madeAtMs = Date.UTC(2026, 4, 12, 12);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
async function collect(files: Iterable<ArchiveFile>): Promise<Uint8Array> {
  return new Uint8Array(Buffer.concat(await Array.fromAsync(createArchive(files, madeAtMs))));
}

describe('an archive', () => {
  it('has the checksums of ZIP, whatever the pieces', () => {
    expect(crc32(bytes('123456789'))).toBe(0xcbf43926);
    const long = Uint8Array.from({ length: 1000 }, (_, at) => (at * 31) & 0xff);
    for (const cut of [0, 1, 7, 8, 9, 500, 1000]) {
      expect(crc32(long.subarray(cut), crc32(long.subarray(0, cut)))).toBe(crc32(long));
    }
    expect(crc32(new Uint8Array(0))).toBe(0);
  });

  it('of texts and media is read by others, names in any script and empty files too', async () => {
    const archive = await collect([
      { name: 'text.txt', isText: true, content: [bytes('one '), bytes('two')] },
      { name: 'media/1/5-0 Küste 海.bin', isText: false, content: [new Uint8Array(70_000).fill(7)] },
      { name: 'none', isText: false, content: [] },
      { name: 'no text', isText: true, content: [] },
    ]);
    const files = unzipSync(archive);
    expect(Object.keys(files)).toEqual(['text.txt', 'media/1/5-0 Küste 海.bin', 'none', 'no text']);
    expect(strFromU8(files['text.txt']!)).toBe('one two');
    expect(files['media/1/5-0 Küste 海.bin']).toEqual(new Uint8Array(70_000).fill(7));
    expect([files.none!.length, files['no text']!.length]).toEqual([0, 0]);
  });

  it('of more than 65,535 files has all of them (ZIP64)', async () => {
    const count = 65_600;
    const archive = await collect(
      Array.from({ length: count }, (_, at) => ({
        name: `f${at}`,
        isText: false,
        content: [bytes(`${at}`)],
      })),
    );
    const files = unzipSync(archive);
    expect(Object.keys(files)).toHaveLength(count);
    expect(strFromU8(files[`f${count - 1}`]!)).toBe(String(count - 1));
  });
});
