/** A ZIP archive made piece by piece. Invariant: no more than one piece of one file is in memory at a time. */
import { Zip, ZipDeflate } from 'fflate';

interface ArchiveFile {
  readonly name: string;
  /** Pieces of its text, UTF-8 in the archive. */
  readonly content: Iterable<string>;
}

/** What ZIP's dates can hold. */
const firstTimeMs = Date.UTC(1980, 0, 2);
const lastTimeMs = Date.UTC(2099, 11, 30);
const nothing = new Uint8Array(0);

/** Yields after each piece of content what there is of the archive by then, which may be nothing. */
export function* createArchive(files: Iterable<ArchiveFile>, madeAtMs: number): Generator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const zip = new Zip((error, bytes) => {
    if (error !== null) throw error;
    ready.push(bytes);
  });
  const take = (): Uint8Array => joined(ready.splice(0));
  const encoder = new TextEncoder();
  for (const { name, content } of files) {
    const file = new ZipDeflate(name, { level: 6 });
    file.mtime = Math.min(Math.max(madeAtMs, firstTimeMs), lastTimeMs);
    zip.add(file);
    for (const text of content) {
      file.push(encoder.encode(text));
      yield take();
    }
    file.push(nothing, true);
    yield take();
  }
  zip.end();
  yield take();
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
