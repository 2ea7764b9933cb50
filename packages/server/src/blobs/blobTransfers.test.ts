import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type AccountId, limits } from '@sotto/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { createCounters } from '../counters.ts';
import type { BlobId, BlobRecords } from '../store/blobRecords.ts';
import { addAccount, nowMs as startMs } from '../store/conformanceFixture.ts';
import { openMemoryDatabase } from '../store/sqlite/openDatabase.ts';
import { SqliteStore } from '../store/sqlite/sqliteStore.ts';
import { StoreUnavailable } from '../store/store.ts';
import { systemClock, systemRandom } from '../systemPorts.ts';
import type { BlobStore } from './blobStore.ts';
import { BlobTransfers } from './blobTransfers.ts';
import { DiskBlobStore } from './diskBlobStore.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-transfers-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Step = keyof BlobRecords | keyof BlobStore;

/** A server's blobs, which can be cut off at a step and started anew on the same disk and database. */
async function createPlace() {
  const blobFolder = mkdtempSync(join(folder, 'case-'));
  const store = new SqliteStore({ database: openMemoryDatabase(), defer: systemClock.defer });
  const ann = await addAccount(store, 'ann');
  const time = { nowMs: startMs };
  const clock = { ...systemClock, nowMs: () => time.nowMs };
  /** `crash`: from this step on nothing happens any more, `after` it did or before. */
  const start = async (crash: { step: Step; after: boolean } | null = null) => {
    let isGone = false;
    const cut = <T extends object>(target: T): T =>
      new Proxy(target, {
        get(inner, name) {
          const member: unknown = Reflect.get(inner, name);
          if (typeof member !== 'function') return member;
          if (name === 'uploads' || name === 'blobs') return member.bind(inner);
          return async (...values: unknown[]) => {
            if (isGone) throw new StoreUnavailable('The process is gone.');
            isGone = name === crash?.step;
            if (isGone && crash?.after !== true) throw new StoreUnavailable('The process is gone.');
            const result: unknown = await Reflect.apply(member, inner, values);
            if (isGone) throw new StoreUnavailable('The process is gone.');
            return result;
          };
        },
      });
    return new BlobTransfers({
      store: cut<BlobStore>(await DiskBlobStore.open(blobFolder)),
      records: cut<BlobRecords>(store.blobs),
      clock,
      random: systemRandom,
      counters: createCounters(),
      quotaBytes: 1_000_000,
    });
  };
  const files = () =>
    readdirSync(blobFolder, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  return { store, ann, time, start, files };
}

function idOf(bytes: Uint8Array): BlobId {
  return createHash('sha256').update(bytes).digest('hex') as BlobId;
}

async function send(transfers: BlobTransfers, accountId: AccountId, bytes: Uint8Array): Promise<Uint8Array> {
  const begun = await transfers.begin(accountId, bytes.length);
  if (begun.kind === 'refused') throw new Error(begun.error.code);
  const { ticket } = begun.value;
  expect(await transfers.receive(ticket, 0, Readable.from([bytes]))).toMatchObject({ kind: 'done' });
  return ticket;
}

async function readAll(transfers: BlobTransfers, blobId: BlobId, sizeBytes: number): Promise<Buffer | null> {
  const body = await transfers.read(blobId, 0, sizeBytes - 1);
  if (body === null) return null;
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

describe('transfers of blobs', () => {
  it('go on after a crash between any two steps by which an upload becomes a blob', async () => {
    const steps: Step[] = ['findUpload', 'sizeOf', 'hash', 'uploadVerified', 'keep', 'uploadKept'];
    for (const step of steps) {
      for (const after of [false, true]) {
        const { ann, start, files, store } = await createPlace();
        const bytes = randomBytes(50_000);
        const ticket = await send(await start(), ann.accountId, bytes);
        const crashing = await start({ step, after });
        await expect(crashing.finish(ann.accountId, ticket, idOf(bytes))).rejects.toThrow(StoreUnavailable);
        const transfers = await start();
        // What is swept up and collected at the start is nothing that is needed.
        await transfers.sweep();
        await transfers.collect();
        for (let i = 0; i < 2; i++) {
          expect(await transfers.finish(ann.accountId, ticket, idOf(bytes))).toMatchObject({ kind: 'done' });
        }
        expect(await readAll(transfers, idOf(bytes), bytes.length)).toEqual(bytes);
        expect(files()).toHaveLength(1);
        expect(await store.blobs.usage(ann.accountId)).toBe(bytes.length);
      }
    }
  });

  it('sweep up what a crash left that nobody comes back for', async () => {
    for (const step of ['keep', 'uploadKept'] as const) {
      const { ann, start, files, time, store } = await createPlace();
      const bytes = randomBytes(5000);
      const ticket = await send(await start(), ann.accountId, bytes);
      const crashing = await start({ step, after: false });
      await expect(crashing.finish(ann.accountId, ticket, idOf(bytes))).rejects.toThrow(StoreUnavailable);
      const transfers = await start();
      await transfers.sweep();
      expect(files()).toHaveLength(1);
      time.nowMs += limits.uploadLifetimeMs;
      await transfers.collect();
      expect(files()).toEqual([]);
      expect(await store.blobs.usage(ann.accountId)).toBe(0);
    }
  });

  it('sweep up bytes whose record is gone', async () => {
    const { ann, start, files, time } = await createPlace();
    const kept = randomBytes(3000);
    const before = await start();
    await before.finish(ann.accountId, await send(before, ann.accountId, kept), idOf(kept));
    time.nowMs += limits.unheldBlobLifetimeMs;
    const crashing = await start({ step: 'delete', after: false });
    await expect(crashing.collect()).rejects.toThrow(StoreUnavailable);
    expect(files()).toHaveLength(1);
    await (await start()).sweep();
    expect(files()).toEqual([]);
  });

  it('delete nothing that comes again while it is deleted', async () => {
    const { ann, start, time } = await createPlace();
    const bytes = randomBytes(3000);
    const transfers = await start();
    for (let round = 0; round < 20; round++) {
      await transfers.finish(ann.accountId, await send(transfers, ann.accountId, bytes), idOf(bytes));
      const ticket = await send(transfers, ann.accountId, bytes);
      time.nowMs += limits.unheldBlobLifetimeMs - 1;
      const second = await transfers.begin(ann.accountId, bytes.length);
      expect(second.kind).toBe('done');
      time.nowMs += 1;
      // The upload's ticket is over as well by now: only one begun later may still finish.
      const [, finished] = await Promise.all([
        transfers.collect(),
        second.kind === 'done'
          ? transfers
              .receive(second.value.ticket, 0, Readable.from([bytes]))
              .then(() => transfers.finish(ann.accountId, second.value.ticket, idOf(bytes)))
          : null,
      ]);
      expect(finished).toMatchObject({ kind: 'done' });
      expect(await readAll(transfers, idOf(bytes), bytes.length)).toEqual(bytes);
      expect(await transfers.progress(ticket)).toMatchObject({ error: { code: 'ticket_refused' } });
    }
  });

  it('say that the disk takes no more, and go on when it does', async () => {
    const { ann, start } = await createPlace();
    const full = await start({ step: 'append', after: false });
    const bytes = randomBytes(1000);
    const begun = await full.begin(ann.accountId, bytes.length);
    if (begun.kind === 'refused') throw new Error(begun.error.code);
    const { ticket } = begun.value;
    await expect(full.receive(ticket, 0, Readable.from([bytes]))).rejects.toThrow(StoreUnavailable);
    const transfers = await start();
    expect(await transfers.progress(ticket)).toMatchObject({ value: { offset: 0, sizeBytes: 1000 } });
    expect(await transfers.receive(ticket, 0, Readable.from([bytes]))).toMatchObject({ kind: 'done' });
    expect(await transfers.finish(ann.accountId, ticket, idOf(bytes))).toMatchObject({ kind: 'done' });
  });

  it('end with their time: tickets to download and to upload', async () => {
    const { ann, start, time } = await createPlace();
    const transfers = await start();
    const bytes = randomBytes(100);
    await transfers.finish(ann.accountId, await send(transfers, ann.accountId, bytes), idOf(bytes));
    const pass = transfers.issueDownload(idOf(bytes), time.nowMs + limits.downloadTicketLifetimeMs);
    const ticket = await send(transfers, ann.accountId, randomBytes(100));
    expect(await transfers.admit(pass, idOf(bytes))).toMatchObject({ value: 100 });
    time.nowMs += limits.downloadTicketLifetimeMs;
    expect(await transfers.admit(pass, idOf(bytes))).toMatchObject({ error: { code: 'ticket_refused' } });
    // Another process, another key.
    const fresh = transfers.issueDownload(idOf(bytes), time.nowMs + 1000);
    expect(await (await start()).admit(fresh, idOf(bytes))).toMatchObject({
      error: { code: 'ticket_refused' },
    });
    time.nowMs += limits.uploadLifetimeMs;
    expect(await transfers.progress(ticket)).toMatchObject({ error: { code: 'ticket_refused' } });
    expect(await transfers.receive(ticket, 100, Readable.from([bytes]))).toMatchObject({
      error: { code: 'ticket_refused' },
    });
  });
});
