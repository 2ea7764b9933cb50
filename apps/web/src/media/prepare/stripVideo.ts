/**
 * Takes the place and names out of MP4 and QuickTime files without rewriting them (ISO 14496-12): in the `moov` box, user
 * data (`udta`) and metadata (`meta`) become free space of the same length, so that nothing moves.
 */
import { asciiAt, viewOf } from './imageHeader.ts';

const moovSizeLimit = 64 * 1024 * 1024;
const boxLimit = 10_000;
const containers = ['trak'];
const emptied = ['udta', 'meta', 'uuid'];

/** The file without them; the same one where it has no `moov` box that can be read. */
export async function stripVideo(file: Blob): Promise<Blob> {
  let offset = 0;
  for (let box = 0; box < boxLimit && offset + 8 <= file.size; box += 1) {
    const head = new Uint8Array(await file.slice(offset, offset + 16).arrayBuffer());
    const size = boxSize(head, file.size - offset);
    if (size === null) return file;
    if (asciiAt(head, 4, 'moov') && size <= moovSizeLimit) {
      const moov = new Uint8Array(await file.slice(offset, offset + size).arrayBuffer());
      emptyBoxes(moov, 8, moov.length);
      return new Blob([file.slice(0, offset), moov, file.slice(offset + size)], { type: file.type });
    }
    offset += size;
  }
  return file;
}

function boxSize(head: Uint8Array, left: number): number | null {
  if (head.length < 8) return null;
  const size = viewOf(head).getUint32(0);
  if (size === 0) return left;
  if (size !== 1) return size < 8 ? null : size;
  if (head.length < 16) return null;
  const large = Number(viewOf(head).getBigUint64(8));
  return large < 16 ? null : large;
}

function emptyBoxes(bytes: Uint8Array, from: number, to: number): void {
  let offset = from;
  while (offset + 8 <= to) {
    const size = boxSize(bytes.subarray(offset, offset + 16), to - offset);
    if (size === null || offset + size > to) return;
    if (emptied.some((name) => asciiAt(bytes, offset + 4, name))) {
      bytes.set([0x66, 0x72, 0x65, 0x65], offset + 4);
      bytes.fill(0, offset + 8, offset + size);
    } else if (containers.some((name) => asciiAt(bytes, offset + 4, name))) {
      emptyBoxes(bytes, offset + 8, offset + size);
    }
    offset += size;
  }
}
