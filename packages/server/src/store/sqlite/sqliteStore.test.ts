import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../systemPorts.ts';
import { ManualClock, settle } from '../../testing/manualClock.ts';
import { conversation, describeStore, message } from '../conformance.ts';
import { type LogKey, StoreUnavailable } from '../store.ts';
import type { FaultPoint } from './groupCommit.ts';
import { openDatabase, openMemoryDatabase } from './openDatabase.ts';
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

const wholeLog = { afterSeq: 0, throughSeq: 1e9, maxEntries: 1e6, maxSizeBytes: 1e9 };

describe('SqliteStore', () => {
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
    const outcomes: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      const drafts = [message(conversationId, ann, 1n, 20_000), message(conversationId, ann, 1n)];
      const results = await Promise.allSettled(drafts.map((draft) => store.append(draft)));
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreUnavailable);
        else if (result.value.kind === 'done') stored.push(result.value.value.seq);
      }
      outcomes.push(results.map(({ status }) => status).join());
    }
    // A small one still fits where a large neighbour in the same commit does not.
    expect(outcomes[0]).toBe('fulfilled,fulfilled');
    expect(outcomes).toContain('rejected,fulfilled');
    database.exec('PRAGMA max_page_count = 100000');
    const after = await store.append(message(conversationId, ann, 1n, 20_000));
    expect(after).toMatchObject({ kind: 'done', value: { seq: stored.length + 2 } });
    const log: LogKey = { kind: 'conversation', id: conversationId };
    const entries = await store.readEntries(log, wholeLog);
    expect(entries.map(({ seq }) => seq)).toEqual([1, ...stored, stored.length + 2]);
    await store.close();
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
      expect(await after.readEntries(log, wholeLog)).toHaveLength(3);
      await after.close();
    }
  });
});
