import { createHash } from 'node:crypto';
import type { BlobId, UploadId } from '../store/blobRecords.ts';
import type { BlobStore } from './blobStore.ts';

/** Blobs that are lost with the process: for simulations and tests. */
export class MemoryBlobStore implements BlobStore {
  readonly #uploads = new Map<UploadId, Uint8Array>();
  readonly #blobs = new Map<BlobId, Uint8Array>();

  async sizeOf(uploadId: UploadId): Promise<number> {
    if (!/^[0-9a-f]{64}$/.test(uploadId)) throw new TypeError('Not the name of an upload.');
    return this.#uploads.get(uploadId)?.length ?? 0;
  }

  async append(uploadId: UploadId, offset: number, body: AsyncIterable<Uint8Array>): Promise<number> {
    let bytes = (this.#uploads.get(uploadId) ?? new Uint8Array()).subarray(0, offset);
    this.#uploads.set(uploadId, bytes);
    for await (const piece of body) {
      bytes = Buffer.concat([bytes, piece]);
      this.#uploads.set(uploadId, bytes);
    }
    return bytes.length;
  }

  async hash(uploadId: UploadId): Promise<Uint8Array> {
    return createHash('sha256')
      .update(this.#uploads.get(uploadId) ?? '')
      .digest();
  }

  async keep(uploadId: UploadId, blobId: BlobId): Promise<void> {
    const bytes = this.#uploads.get(uploadId);
    if (bytes !== undefined) this.#blobs.set(blobId, bytes);
    this.#uploads.delete(uploadId);
  }

  async drop(uploadId: UploadId): Promise<void> {
    this.#uploads.delete(uploadId);
  }

  async read(blobId: BlobId, start: number, end: number): Promise<AsyncGenerator<Uint8Array, void> | null> {
    const bytes = this.#blobs.get(blobId);
    return bytes === undefined ? null : once(bytes.subarray(start, end + 1));
  }

  async delete(blobId: BlobId): Promise<void> {
    this.#blobs.delete(blobId);
  }

  async *uploads(): AsyncIterable<UploadId> {
    yield* [...this.#uploads.keys()];
  }

  async *blobs(): AsyncIterable<BlobId> {
    yield* [...this.#blobs.keys()];
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
