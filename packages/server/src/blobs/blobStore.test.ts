import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BlobId, UploadId } from '../store/blobRecords.ts';
import { StoreUnavailable } from '../store/store.ts';
import { describeBlobStore } from './blobStoreConformance.ts';
import { DiskBlobStore } from './diskBlobStore.ts';
import { MemoryBlobStore } from './memoryBlobStore.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-blob-store-'));
afterAll(() => rmSync(folder, { recursive: true }));

describeBlobStore('files', () => {
  const own = mkdtempSync(join(folder, 'case-'));
  return { open: () => DiskBlobStore.open(own), reopen: () => DiskBlobStore.open(own) };
});
describeBlobStore('memory', () => ({ open: async () => new MemoryBlobStore(), reopen: null }));

describe('blobs as files', () => {
  it('pass over what others left in their folder', async () => {
    const own = mkdtempSync(join(folder, 'case-'));
    const store = await DiskBlobStore.open(own);
    writeFileSync(join(own, 'README'), 'not a blob');
    writeFileSync(join(own, 'uploads', 'notes.txt'), 'not an upload');
    const found: string[] = [];
    for await (const name of store.uploads()) found.push(name);
    for await (const name of store.blobs()) found.push(name);
    expect(found).toEqual([]);
  });

  it('are gone where the disk cut them short: nothing is promised that cannot be given', async () => {
    const own = mkdtempSync(join(folder, 'case-'));
    const store = await DiskBlobStore.open(own);
    const blobId = 'cd'.repeat(32) as BlobId;
    mkdirSync(join(own, 'cd'));
    writeFileSync(join(own, 'cd', blobId.slice(2)), 'ten bytes!');
    expect(await store.read(blobId, 0, 10)).toBeNull();
    expect(await store.read(blobId, 90, 99)).toBeNull();
    const left = await Array.fromAsync((await store.read(blobId, 4, 9))!, (piece) => piece.toBase64());
    expect(left).toEqual([Buffer.from('bytes!').toString('base64')]);
  });

  it('say that they are unavailable where the folder is gone or the disk takes nothing', async () => {
    const own = mkdtempSync(join(folder, 'case-'));
    const store = await DiskBlobStore.open(own);
    rmSync(own, { recursive: true });
    async function* body(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
    }
    const uploadId = 'ab'.repeat(32) as UploadId;
    await expect(store.append(uploadId, 0, body())).rejects.toThrow(StoreUnavailable);
  });
});
