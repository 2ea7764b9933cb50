/**
 * A ZIP archive made piece by piece, of any size and number of files. Invariant: no more than one piece of one file is in memory
 * at a time, and a line for each file.
 */
import { Deflate } from 'fflate';
import { crc32 } from './crc32.ts';
import {
  centralHeader,
  dataDescriptor,
  endOfArchive,
  localHeader,
  type NewZipFile,
  type ZipFile,
} from './zipRecords.ts';

export interface ArchiveFile {
  readonly name: string;
  /** Texts are packed; media is packed already. */
  readonly isText: boolean;
  /** Pieces of it; of a text as UTF-8. */
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const recordsAtOnce = 500;
const nothing = new Uint8Array(0);

/**
 * Yields after each piece of content what there is of the archive by then, which may be nothing; also where `files` gives null
 * because the next one is not ready yet.
 */
export async function* createArchive(
  files: AsyncIterable<ArchiveFile | null> | Iterable<ArchiveFile>,
  madeAtMs: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const written: ZipFile[] = [];
  const encoder = new TextEncoder();
  let offset = 0;
  for await (const next of files) {
    if (next === null) {
      yield nothing;
      continue;
    }
    const { name, isText, content } = next;
    const file: NewZipFile = { name: encoder.encode(name), isDeflated: isText, modifiedAtMs: madeAtMs };
    const packer = isText ? createPacker() : null;
    let crc = 0;
    let sizeBytes = 0;
    let packedSizeBytes = 0;
    const header = localHeader(file);
    yield header;
    for await (const piece of content) {
      crc = crc32(piece, crc);
      sizeBytes += piece.length;
      const packed = packer === null ? piece : packer.pack(piece, false);
      packedSizeBytes += packed.length;
      yield packed;
    }
    const rest = packer?.pack(nothing, true) ?? nothing;
    packedSizeBytes += rest.length;
    const whole: ZipFile = { ...file, offset, crc, packedSizeBytes, sizeBytes };
    written.push(whole);
    const descriptor = dataDescriptor(whole);
    yield joined([rest, descriptor]);
    offset += header.length + packedSizeBytes + descriptor.length;
  }
  let directorySizeBytes = 0;
  for (let at = 0; at < written.length; at += recordsAtOnce) {
    const records = joined(written.slice(at, at + recordsAtOnce).map(centralHeader));
    directorySizeBytes += records.length;
    yield records;
  }
  yield endOfArchive(written.length, offset, directorySizeBytes);
}

function createPacker(): { pack(piece: Uint8Array, isLast: boolean): Uint8Array } {
  const ready: Uint8Array[] = [];
  const deflate = new Deflate({ level: 6 }, (packed) => ready.push(packed));
  return {
    pack(piece, isLast) {
      deflate.push(piece, isLast);
      return joined(ready.splice(0));
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] ?? nothing;
  const whole = new Uint8Array(parts.reduce((sizeBytes, part) => sizeBytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
