/** A ZIP archive above 4 GiB. Checksums are left out here: they take most of its time, and are tested in archive.test.ts. */
import { strFromU8 } from 'fflate';
import { expect, it, vi } from 'vitest';
import { createArchive } from './archive.ts';

vi.mock('./crc32.ts', () => ({ crc32: () => 0 }));
const madeAtMs = Date.UTC(2026, 4, 12, 12);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it('an archive of more than 4 GiB says where everything is (ZIP64), and holds none of it in memory', async () => {
  const piece = new Uint8Array(32 * 1024 * 1024);
  const [pieces, large] = [129, 129 * piece.length];
  function* repeated(): Generator<Uint8Array> {
    for (let at = 0; at < pieces; at++) yield piece;
  }
  let sizeBytes = 0;
  let tail: Uint8Array = new Uint8Array(0);
  const heapBefore = process.memoryUsage().arrayBuffers;
  for await (const part of createArchive(
    [
      { name: 'large', isText: false, content: repeated() },
      { name: 'behind', isText: false, content: [bytes('found')] },
    ],
    madeAtMs,
  )) {
    sizeBytes += part.length;
    if (part !== piece) tail = new Uint8Array(Buffer.concat([tail, part])).slice(-4096);
  }
  expect(process.memoryUsage().arrayBuffers - heapBefore).toBeLessThan(2 * piece.length);
  const at = sizeBytes - tail.length;
  const view = new DataView(tail.buffer, tail.byteOffset);
  const u32 = (place: number) => view.getUint32(place - at, true);
  const u64 = (place: number) => Number(view.getBigUint64(place - at, true));
  const end = sizeBytes - 22;
  expect([u32(end), u32(end + 16)]).toEqual([0x06054b50, 0xffffffff]);
  expect(u32(end - 20)).toBe(0x07064b50);
  const end64 = u64(end - 12);
  expect([u32(end64), u64(end64 + 32)]).toEqual([0x06064b50, 2]);
  const directory = u64(end64 + 48);
  expect(directory + u64(end64 + 40)).toBe(end64);
  // The large one: both sizes in the extra field; the one behind it: its place.
  expect([u32(directory), u32(directory + 20), u32(directory + 24)]).toEqual([
    0x02014b50, 0xffffffff, 0xffffffff,
  ]);
  expect([u64(directory + 46 + 5 + 4), u64(directory + 46 + 5 + 12)]).toEqual([large, large]);
  const second = directory + 46 + 5 + 20;
  expect([u32(second), u32(second + 20), u32(second + 42)]).toEqual([0x02014b50, 5, 0xffffffff]);
  const place = u64(second + 46 + 6 + 4);
  expect(u32(place)).toBe(0x04034b50);
  const content = tail.subarray(place - at + 30 + 6, place - at + 30 + 6 + 5);
  expect(strFromU8(content)).toBe('found');
  // The descriptor of the large one has sizes of eight bytes.
  expect([u32(place - 24), u64(place - 16), u64(place - 8)]).toEqual([0x08074b50, large, large]);
});
