/**
 * What every BlobStore must do (spec/server.md §Blobs). Parts but the last are of `blobPartSizeBytes`, and no file
 * system is looked at, so that a store in the cloud can pass it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { limits } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import type { BlobId, UploadId } from '../store/blobRecords.ts';
import type { BlobStore } from './blobStore.ts';

/** `reopen`: the same store as after the process ended; null where it does not outlive it. */
export interface BlobStoreCase {
  open(): Promise<BlobStore>;
  reopen: (() => Promise<BlobStore>) | null;
}

export function describeBlobStore(name: string, make: () => Promise<BlobStoreCase> | BlobStoreCase): void {
  describe(`BlobStore over ${name}`, () => {
    it('takes an upload in parts and gives any part of the blob', async () => {
      const store = await (await make()).open();
      const bytes = randomBytes(limits.blobPartSizeBytes + 1000);
      const uploadId = randomUpload();
      expect(await store.sizeOf(uploadId)).toBe(0);
      const [first, last] = [
        bytes.subarray(0, limits.blobPartSizeBytes),
        bytes.subarray(limits.blobPartSizeBytes),
      ];
      expect(await store.append(uploadId, 0, pieces(first))).toBe(first.length);
      expect(await store.sizeOf(uploadId)).toBe(first.length);
      expect(await store.append(uploadId, first.length, pieces(last))).toBe(bytes.length);
      const blobId = blobIdOf(bytes);
      expect((await store.hash(uploadId)).toHex()).toBe(blobId);
      await store.keep(uploadId, blobId);
      expect(await store.sizeOf(uploadId)).toBe(0);
      for (const [start, end] of [
        [0, bytes.length - 1],
        [0, 0],
        [500_000, 900_000],
        [bytes.length - 1, bytes.length - 1],
      ] as const) {
        expect(Buffer.compare((await read(store, blobId, start, end))!, bytes.subarray(start, end + 1))).toBe(
          0,
        );
      }
    });

    it('keeps under the name of a blob what was kept first, and takes the same again', async () => {
      const store = await (await make()).open();
      const bytes = randomBytes(1000);
      const blobId = await store1(store, bytes);
      expect(await store1(store, bytes)).toBe(blobId);
      expect(await read(store, blobId, 0, 999)).toEqual(bytes);
      // A step that was cut short after it had happened.
      await store.keep(randomUpload(), blobId);
      expect(await read(store, blobId, 0, 999)).toEqual(bytes);
    });

    it('goes on after a part that broke off, from where it says', async () => {
      const store = await (await make()).open();
      const bytes = randomBytes(300_000);
      const uploadId = randomUpload();
      const broken = store.append(uploadId, 0, breaking(bytes.subarray(0, 200_000)));
      await expect(broken).rejects.toThrow('broke off');
      const offset = await store.sizeOf(uploadId);
      expect(offset).toBeLessThanOrEqual(200_000);
      await store.append(uploadId, offset, pieces(bytes.subarray(offset)));
      expect((await store.hash(uploadId)).toHex()).toBe(blobIdOf(bytes));
    });

    it('begins anew at 0, whatever came before', async () => {
      const store = await (await make()).open();
      const uploadId = randomUpload();
      await store.append(uploadId, 0, pieces(randomBytes(5000)));
      const bytes = randomBytes(1000);
      await store.append(uploadId, 0, pieces(bytes));
      expect(await store.sizeOf(uploadId)).toBe(1000);
      expect((await store.hash(uploadId)).toHex()).toBe(blobIdOf(bytes));
    });

    it('forgets what is dropped and deleted, also where it is not there', async () => {
      const store = await (await make()).open();
      const uploadId = randomUpload();
      await store.append(uploadId, 0, pieces(randomBytes(10)));
      const blobId = await store1(store, randomBytes(10));
      expect(await all(store.uploads())).toEqual([uploadId]);
      expect(await all(store.blobs())).toEqual([blobId]);
      for (let i = 0; i < 2; i++) {
        await store.drop(uploadId);
        await store.delete(blobId);
      }
      expect(await store.sizeOf(uploadId)).toBe(0);
      expect(await store.read(blobId, 0, 9)).toBeNull();
      expect([...(await all(store.uploads())), ...(await all(store.blobs()))]).toEqual([]);
    });

    it('reads on what is deleted meanwhile, or fails, but gives nothing else', async () => {
      const store = await (await make()).open();
      const bytes = randomBytes(2_000_000);
      const blobId = await store1(store, bytes);
      const body = (await store.read(blobId, 0, bytes.length - 1))!;
      const first = Buffer.from((await body.next()).value!);
      await store.delete(blobId);
      const rest: Buffer[] = [first];
      try {
        for await (const piece of body) rest.push(Buffer.from(piece));
      } catch {
        // As good: it broke off.
      }
      const got = Buffer.concat(rest);
      expect(Buffer.compare(got, bytes.subarray(0, got.length))).toBe(0);
    });

    it('goes on with an upload after a restart, and hashes all of it', async () => {
      const { open, reopen } = await make();
      if (reopen === null) return;
      const before = await open();
      const bytes = randomBytes(limits.blobPartSizeBytes + 300_000);
      const uploadId = randomUpload();
      await before.append(uploadId, 0, pieces(bytes.subarray(0, limits.blobPartSizeBytes)));
      const kept = await store1(before, randomBytes(99));
      const store = await reopen();
      expect(await store.sizeOf(uploadId)).toBe(limits.blobPartSizeBytes);
      await store.append(
        uploadId,
        limits.blobPartSizeBytes,
        pieces(bytes.subarray(limits.blobPartSizeBytes)),
      );
      expect((await store.hash(uploadId)).toHex()).toBe(blobIdOf(bytes));
      expect(await read(store, kept, 0, 98)).toHaveLength(99);
    });

    it('takes no name that is a path', async () => {
      const store = await (await make()).open();
      for (const name of ['../../etc/passwd', `${'a'.repeat(62)}/..`, `..${'a'.repeat(62)}`, 'a', '']) {
        await expect(readOrThrow(store, name as BlobId)).rejects.toThrow(TypeError);
        await expect(store.sizeOf(name as UploadId)).rejects.toThrow(TypeError);
      }
    });
  });
}

function randomUpload(): UploadId {
  return randomBytes(32).toString('hex') as UploadId;
}

function blobIdOf(bytes: Uint8Array): BlobId {
  return createHash('sha256').update(bytes).digest('hex') as BlobId;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function* breaking(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes);
  throw new Error('It broke off.');
}

async function store1(store: BlobStore, bytes: Uint8Array): Promise<BlobId> {
  const uploadId = randomUpload();
  await store.append(uploadId, 0, pieces(bytes));
  await store.keep(uploadId, blobIdOf(bytes));
  return blobIdOf(bytes);
}

async function read(store: BlobStore, blobId: BlobId, start: number, end: number): Promise<Buffer | null> {
  const body = await store.read(blobId, start, end);
  if (body === null) return null;
  const got: Buffer[] = [];
  for await (const piece of body) got.push(Buffer.from(piece));
  return Buffer.concat(got);
}

async function readOrThrow(store: BlobStore, blobId: BlobId): Promise<void> {
  if ((await store.read(blobId, 0, 0)) === null) throw new TypeError('There is no such name.');
}

async function all<T>(names: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const name of names) list.push(name);
  return list;
}
