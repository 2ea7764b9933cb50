/**
 * Blobs as files (spec/server.md §Blobs): `ab/cdef…` by the hexadecimal SHA-256 of their content, uploads under way as
 * `uploads/<id>`. Invariant: a file under the name of a blob is whole and on the disk, since it was written elsewhere,
 * flushed and then renamed.
 */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobId, UploadId } from '../store/blobRecords.ts';
import { StoreUnavailable } from '../store/store.ts';
import type { BlobStore } from './blobStore.ts';

const readSizeBytes = 256 * 1024;
/** Bytes of one upload that wait for the disk. */
const waitingSizeBytes = 128 * 1024;
/** Uploads whose hash is kept running; others are read again at their end. */
const runningHashes = 4096;
const { O_CREAT, O_RDWR, O_TRUNC } = constants;

interface RunningHash {
  readonly hash: Hash;
  readonly sizeBytes: number;
}

export class DiskBlobStore implements BlobStore {
  readonly #folder: string;
  readonly #running = new Map<UploadId, RunningHash>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folders where they are missing. */
  static async open(folder: string): Promise<DiskBlobStore> {
    await mkdir(join(folder, uploadFolder), { recursive: true, mode: 0o700 });
    return new DiskBlobStore(folder);
  }

  async sizeOf(uploadId: UploadId): Promise<number> {
    const found = await orNothing(stat(this.#uploadPath(uploadId)));
    return found?.size ?? 0;
  }

  async append(uploadId: UploadId, offset: number, body: AsyncIterable<Uint8Array>): Promise<number> {
    const flags = O_RDWR | O_CREAT | (offset === 0 ? O_TRUNC : 0);
    const file = await orUnavailable(open(this.#uploadPath(uploadId), flags, 0o600));
    const running = this.#runningAt(uploadId, offset);
    const writer = new PieceWriter(file, offset);
    try {
      for await (const piece of body) {
        running?.hash.update(piece);
        await orUnavailable(writer.take(piece));
      }
    } finally {
      // What broke off comes again from where it ended; where writing failed, nobody knows where that is.
      this.#running.delete(uploadId);
      await orUnavailable(writer.end().finally(() => file.close()));
      if (running !== null) this.#running.set(uploadId, { ...running, sizeBytes: writer.sizeBytes });
    }
    return writer.sizeBytes;
  }

  async hash(uploadId: UploadId): Promise<Uint8Array> {
    const running = this.#running.get(uploadId);
    if (running !== undefined && running.sizeBytes === (await this.sizeOf(uploadId))) {
      return running.hash.copy().digest();
    }
    const hash = createHash('sha256');
    const file = await orUnavailable(open(this.#uploadPath(uploadId), O_RDWR | O_CREAT, 0o600));
    try {
      const piece = Buffer.allocUnsafeSlow(readSizeBytes);
      for (;;) {
        const { bytesRead } = await orUnavailable(file.read(piece, 0, piece.length));
        if (bytesRead === 0) return hash.digest();
        hash.update(piece.subarray(0, bytesRead));
      }
    } finally {
      await orUnavailable(file.close());
    }
  }

  async keep(uploadId: UploadId, blobId: BlobId): Promise<void> {
    this.#running.delete(uploadId);
    const from = this.#uploadPath(uploadId);
    const to = this.#blobPath(blobId);
    // Gone: it was renamed before this was cut short.
    const file = await orNothing(open(from, O_RDWR));
    if (file === null) return;
    try {
      await orUnavailable(file.datasync());
    } finally {
      await orUnavailable(file.close());
    }
    const isNew = (await orUnavailable(mkdir(dirname(to), { recursive: true, mode: 0o700 }))) !== undefined;
    await orUnavailable(rename(from, to));
    await flushFolder(dirname(to));
    if (isNew) await flushFolder(this.#folder);
  }

  async drop(uploadId: UploadId): Promise<void> {
    this.#running.delete(uploadId);
    await orUnavailable(rm(this.#uploadPath(uploadId), { force: true }));
  }

  async read(blobId: BlobId, start: number, end: number): Promise<AsyncGenerator<Uint8Array, void> | null> {
    const file = await orNothing(open(this.#blobPath(blobId), 'r'));
    if (file === null) return null;
    // One that a disk cut short is gone: nothing is promised that cannot be given.
    const { size } = await orUnavailable(file.stat()).catch(async (error: unknown) => {
      await file.close();
      throw error;
    });
    if (size > end) return readPieces(file, start, end);
    await file.close();
    return null;
  }

  async delete(blobId: BlobId): Promise<void> {
    await orUnavailable(rm(this.#blobPath(blobId), { force: true }));
  }

  async *uploads(): AsyncIterable<UploadId> {
    for await (const name of namesIn(join(this.#folder, uploadFolder))) {
      if (isHash(name)) yield name as UploadId;
    }
  }

  async *blobs(): AsyncIterable<BlobId> {
    for await (const folder of namesIn(this.#folder)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for await (const name of namesIn(join(this.#folder, folder))) {
        if (isHash(folder + name)) yield (folder + name) as BlobId;
      }
    }
  }

  /** The hash of the upload's first `offset` bytes, where it is known without reading them. */
  #runningAt(uploadId: UploadId, offset: number): RunningHash | null {
    if (offset === 0) {
      this.#running.delete(uploadId);
      if (this.#running.size >= runningHashes) this.#running.delete(this.#running.keys().next().value!);
      const begun = { hash: createHash('sha256'), sizeBytes: 0 };
      this.#running.set(uploadId, begun);
      return begun;
    }
    const running = this.#running.get(uploadId);
    if (running?.sizeBytes === offset) return running;
    this.#running.delete(uploadId);
    return null;
  }

  #uploadPath(uploadId: UploadId): string {
    return join(this.#folder, uploadFolder, checked(uploadId));
  }

  #blobPath(blobId: BlobId): string {
    const name = checked(blobId);
    return join(this.#folder, name.slice(0, 2), name.slice(2));
  }
}

const uploadFolder = 'uploads';

function isHash(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/** No name of a file comes from outside but through here. */
function checked(name: string): string {
  if (!isHash(name)) throw new TypeError('Not the name of a blob.');
  return name;
}

/** Writes pieces one after another, several with one call where they come faster than the disk takes them. */
class PieceWriter {
  readonly #file: FileHandle;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | null = null;
  #failure: unknown = null;
  sizeBytes: number;

  constructor(file: FileHandle, position: number) {
    this.#file = file;
    this.sizeBytes = position;
  }

  /** Resolves when more may come: what waits is bounded. */
  async take(piece: Uint8Array): Promise<void> {
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
    if (this.#writing === null) {
      this.#writing = this.#write().catch((error) => {
        this.#failure = error;
      });
    } else if (this.#pendingBytes >= waitingSizeBytes) {
      await this.end();
    }
  }

  /** Resolves when all is written. Throws what writing failed with. */
  async end(): Promise<void> {
    await this.#writing;
    if (this.#failure !== null) throw this.#failure;
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const pieces = this.#pending;
      this.#pending = [];
      this.#pendingBytes = 0;
      await this.#writeAll(pieces);
    }
    this.#writing = null;
  }

  async #writeAll(pieces: readonly Uint8Array[]): Promise<void> {
    const total = pieces.reduce((sum, { length }) => sum + length, 0);
    let { bytesWritten } = await this.#file.writev(pieces, this.sizeBytes);
    if (bytesWritten < total) {
      // A disk that is nearly full takes a part; the next call says what is wrong.
      const rest = Buffer.concat(pieces).subarray(bytesWritten);
      while (bytesWritten < total) {
        const from = bytesWritten + rest.length - total;
        const written = await this.#file.write(rest, from, null, this.sizeBytes + bytesWritten);
        bytesWritten += written.bytesWritten;
      }
    }
    this.sizeBytes += total;
  }
}

/** So that a rename outlives a power cut. Where the system cannot flush folders, it does not have to. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

async function* namesIn(folder: string): AsyncIterable<string> {
  const entries = await orNothing(opendir(folder));
  if (entries === null) return;
  for await (const entry of entries) yield entry.name;
}

/**
 * Reads ahead by one piece, into the same two buffers again and again: with new ones for each piece a server that
 * sends files does little but collect garbage.
 */
async function* readPieces(
  file: FileHandle,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const size = Math.min(readSizeBytes, end - start + 1);
  const [first, second] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
  const readAt = (buffer: Buffer<ArrayBuffer>, position: number) => {
    const reading = orUnavailable(file.read(buffer, 0, Math.min(size, end - position + 1), position));
    // Its failure is met when its turn comes.
    reading.catch(() => {});
    return reading;
  };
  let reading = readAt(first, start);
  try {
    for (let position = start, turn = 0; position <= end; turn += 1) {
      const { bytesRead, buffer } = await reading;
      if (bytesRead === 0) throw unavailable(new Error('The file is shorter than its record says.'));
      position += bytesRead;
      if (position <= end) reading = readAt(turn % 2 === 0 ? second : first, position);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await reading.catch(() => {});
    await orUnavailable(file.close());
  }
}

async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw unavailable(error);
  }
}

/** Null where there is no such file. */
async function orNothing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return null;
    throw unavailable(error);
  }
}

function unavailable(error: unknown): StoreUnavailable {
  return new StoreUnavailable('The blob store could not be used.', { cause: error });
}
