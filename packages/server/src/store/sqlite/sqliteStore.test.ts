import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { fromBinary } from '@bufbuild/protobuf';
import { EntrySchema } from '@sotto/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../systemPorts.ts';
import { ManualClock, settle } from '../../testing/manualClock.ts';
import { describeBlobRecords } from '../blobRecordsConformance.ts';
import { describeStore } from '../conformance.ts';
import { conversation, message } from '../conformanceFixture.ts';
import { describeGroups } from '../groupConformance.ts';
import { describePassingEntries } from '../passingConformance.ts';
import { type LogKey, type StoredEntry, StoreUnavailable } from '../store.ts';
import type { FaultPoint } from './groupCommit.ts';
import { openDatabase, openMemoryDatabase } from './openDatabase.ts';
import { remembered, writtenEvery } from './sentTable.ts';
import { SqliteStore } from './sqliteStore.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function openFile(): DatabaseSync {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-store-'));
  folders.push(folder);
  const opened = openDatabase(join(folder, 'sotto.db'));
  if (opened.kind === 'refused') throw new Error(opened.sentence);
  return opened.database;
}

const defer = systemClock.defer;
describeStore('SQLite in memory', () => new SqliteStore({ database: openMemoryDatabase(), defer }));
describeStore('SQLite in a file', () => new SqliteStore({ database: openFile(), defer }));
describeGroups('SQLite', () => new SqliteStore({ database: openMemoryDatabase(), defer }));
describeBlobRecords('SQLite', () => new SqliteStore({ database: openMemoryDatabase(), defer }));
describePassingEntries('SQLite', () => new SqliteStore({ database: openMemoryDatabase(), defer }));

const wholeLog = { afterSeq: 0, throughSeq: 1e9, maxEntries: 1e6, maxSizeBytes: 1e9 };

/** Each entry names the hash of the one before it, also across restarts and what was undone. */
function expectLinked(entries: readonly StoredEntry[]): void {
  let hash = Buffer.alloc(0);
  for (const { bytes } of entries) {
    expect(Buffer.from(fromBinary(EntrySchema, bytes).prevHash)).toEqual(hash);
    hash = createHash('sha256').update(bytes).digest();
  }
}

describe('SqliteStore', () => {
  it('has what passing entries held neither in its file nor in its journal, once it let go of it', async () => {
    const store = new SqliteStore({ database: openFile(), defer });
    const { ann, bob, conversationId } = await conversation(store);
    const [body, live] = [randomBytes(400), randomBytes(200)];
    const draft = message(conversationId, ann, 1n);
    const content = { kind: 'message', body, live, kept: null, passing: true, blobIds: [] } as const;
    const receipt = await store.append({ ...draft, content });
    if (receipt.kind === 'refused') throw new Error(receipt.error.code);
    const isOnDisk = () =>
      readdirSync(folders[0]!).some((name) => {
        const file = readFileSync(join(folders[0]!, name));
        return file.includes(body) || file.includes(live);
      });
    expect(isOnDisk()).toBe(true);
    const log = { kind: 'conversation', id: conversationId } as const;
    for (const { deviceId } of [ann, bob])
      await store.acknowledge(deviceId, [{ log, seq: receipt.value.seq }]);
    expect(await store.letPassingGo(draft.nowMs, 100)).toBe(1);
    expect(isOnDisk()).toBe(false);
    await store.close();
  });

  it('commits what is queued together once, and tells nobody before', async () => {
    const clock = new ManualClock();
    const store = new SqliteStore({ database: openMemoryDatabase(), defer: (run) => clock.defer(run) });
    const setUp = conversation(store);
    const isReady = setUp.then(() => true);
    for (let ready = false; !ready; ready = await Promise.race([isReady, settle().then(() => false)]))
      clock.runDeferred();
    const { ann, conversationId } = await setUp;
    const commits: number[] = [];
    store.onAppended((appended) => commits.push(appended.length));
    const answers = [1, 2, 3].map(() => store.append(message(conversationId, ann, 1n)));
    await settle();
    expect(commits).toEqual([]);
    clock.runDeferred();
    expect(commits).toEqual([3]);
    expect((await Promise.all(answers)).every(({ kind }) => kind === 'done')).toBe(true);
  });

  it('answers that it has no room, keeps what it has, and goes on when there is room', async () => {
    const database = openFile();
    const store = new SqliteStore({ database, defer });
    const { ann, conversationId } = await conversation(store);
    const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number };
    database.exec(`PRAGMA max_page_count = ${pages + 20}`);
    const stored: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      const drafts = [message(conversationId, ann, 1n, 95_000), message(conversationId, ann, 1n)];
      const [large, small] = await Promise.allSettled(drafts.map((draft) => store.append(draft)));
      expect(large).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) });
      // A small one still fits where a large neighbour in the same commit does not.
      expect(small).toMatchObject({ status: 'fulfilled', value: { kind: 'done' } });
      if (small?.status === 'fulfilled' && small.value.kind === 'done') stored.push(small.value.value.seq);
    }
    database.exec('PRAGMA max_page_count = 100000');
    const after = await store.append(message(conversationId, ann, 1n, 95_000));
    expect(after).toMatchObject({ kind: 'done', value: { seq: stored.length + 2 } });
    const log: LogKey = { kind: 'conversation', id: conversationId };
    const entries = await store.readEntries(log, wholeLog);
    expect(entries.map(({ seq }) => seq)).toEqual([1, ...stored, stored.length + 2]);
    expectLinked(entries);
    await store.close();
  });

  it('finds what a device sent, in rows and in entries, after a restart', async () => {
    const database = openMemoryDatabase();
    const first = new SqliteStore({ database, defer, ownsDatabase: false });
    const { ann, bob, conversationId } = await conversation(first);
    const early = message(conversationId, bob, 1n);
    await first.append(early);
    // Past the first rows, and past what is remembered of a device that sends much.
    const drafts = Array.from({ length: 2 * writtenEvery + 30 }, () => message(conversationId, ann, 1n));
    for (const part of [drafts.slice(0, 7), drafts.slice(7, 500), drafts.slice(500)]) {
      await Promise.all(part.map((draft) => first.append(draft)));
    }
    const second = new SqliteStore({ database, defer });
    const expected = drafts.map((_, i) => i + 3);
    const repeated = await Promise.all(
      [early, ...drafts.slice(-remembered)].map((draft) => second.append(draft)),
    );
    const seqs = repeated.map((outcome) => outcome.kind === 'done' && outcome.value.seq);
    expect(seqs).toEqual([2, ...expected.slice(-remembered)]);
    const log: LogKey = { kind: 'conversation', id: conversationId };
    await second.append(message(conversationId, bob, 1n));
    const entries = await second.readEntries(log, wholeLog);
    expect(entries).toHaveLength(drafts.length + 3);
    expectLinked(entries);
    expect(database.prepare('SELECT count(*) AS n FROM sent').get()).toEqual({ n: 2 });
    await second.close();
  });

  it('loses nothing committed and keeps nothing uncommitted, wherever a crash strikes', async () => {
    for (const strikeAt of ['begun', 'written', 'committing', 'committed'] satisfies FaultPoint[]) {
      const database = openMemoryDatabase();
      let armed = false;
      const faults = (point: FaultPoint) => (armed && point === strikeAt ? 'crash' : 'continue');
      const before = new SqliteStore({ database, defer, faults, ownsDatabase: false });
      const { ann, conversationId } = await conversation(before);
      armed = true;
      const drafts = [message(conversationId, ann, 1n), message(conversationId, ann, 1n)];
      let heard = 0;
      before.onAppended(() => {
        heard += 1;
      });
      for (const draft of drafts) void before.append(draft).then(() => (heard += 1));
      await settle();
      await settle();
      expect(heard).toBe(0);
      const after = new SqliteStore({ database, defer });
      const log: LogKey = { kind: 'conversation', id: conversationId };
      const isKept = strikeAt === 'committed';
      expect(await after.readEntries(log, wholeLog)).toHaveLength(isKept ? 3 : 1);
      // The client repeats what was not answered: it is there once, in order.
      const outcomes = await Promise.all(drafts.map((draft) => after.append(draft)));
      expect(outcomes.map((outcome) => outcome.kind === 'done' && outcome.value.seq)).toEqual([2, 3]);
      const entries = await after.readEntries(log, wholeLog);
      expect(entries).toHaveLength(3);
      expectLinked(entries);
      await after.close();
    }
  });
});
