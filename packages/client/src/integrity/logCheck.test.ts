import { create, toBinary } from '@bufbuild/protobuf';
import { loadNodeProvider } from '@sotto/primitives/node';
import { type AccountId, type ConversationId, EntrySchema } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConversationRow, insertConversation } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { Changes } from '../device/changes.ts';
import { addSpan } from '../history/spanTable.ts';
import type { ClientDatabase } from '../ports.ts';
import { decodeEntry } from '../sync/entry.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { keptHashes } from './entryHashTable.ts';
import { type CheckedEntry, LogCheck, type SeenClaim } from './logCheck.ts';

const provider = await loadNodeProvider();
const ben = 'b0'.repeat(16) as AccountId;

/** A log of `count` entries; `salt` makes it another one from entry `fromSeq` on. */
function logOf(count: number, salt = 0, fromSeq = 1, epochOf = (_seq: number) => 0n): CheckedEntry[] {
  const entries: CheckedEntry[] = [];
  let prevHash: Uint8Array = new Uint8Array(0);
  for (let seq = 1; seq <= count; seq++) {
    const acceptedAtMs = BigInt(seq < fromSeq ? 0 : salt);
    const id = new Uint8Array(16);
    const bytes = toBinary(
      EntrySchema,
      create(EntrySchema, {
        seq: BigInt(seq),
        acceptedAtMs,
        transactionId: id,
        senderAccount: id,
        senderDevice: id,
        epoch: epochOf(seq),
        prevHash,
      }),
    );
    entries.push({ bytes, entry: decodeEntry(provider, bytes)! });
    prevHash = provider.sha256(bytes);
  }
  return entries;
}

const claimOf = (log: readonly CheckedEntry[], seq: number, atSeq: number): SeenClaim => ({
  accountId: ben,
  atSeq,
  seen: { seq, hash: provider.sha256(log[seq - 1]!.bytes) },
});

class Reader {
  readonly disk = new TestDisk();
  readonly faults: string[] = [];
  readonly #database: ClientDatabase;
  readonly #row: ConversationRow;

  private constructor(disk: TestDisk, database: ClientDatabase, row: ConversationRow) {
    this.disk = disk;
    this.#database = database;
    this.#row = row;
  }

  static async create(): Promise<Reader> {
    const disk = new TestDisk();
    const database = disk.open();
    await migrate(database);
    const id = 'c0'.repeat(16) as ConversationId;
    const row = await database.transaction((sql) =>
      insertConversation(sql, {
        conversationId: id,
        logId: id,
        peerId: ben,
        state: 'ready',
        lastActivityMs: 0,
      }),
    );
    return new Reader(disk, database, row);
  }

  /** Entries `fromSeq` to `toSeq` of the log, with what is claimed in them. */
  async read(
    log: readonly CheckedEntry[],
    fromSeq: number,
    toSeq: number,
    claims: readonly SeenClaim[] = [],
  ): Promise<void> {
    const step = { read: this.#database.read.bind(this.#database) };
    const check = new LogCheck(provider, step, this.#row, log.slice(fromSeq - 1, toSeq), claims);
    this.faults.push(...check.faults.map(({ reason }) => reason));
    await this.#database.transaction((sql) => {
      addSpan(sql, this.#row.key, { fromSeq, toSeq });
      check.store(sql, new Changes(), 1);
    });
  }
}

describe('a log', () => {
  const count = 60;
  /** Pieces of 1…count, and the order in which they are read. */
  const pieces = fc.uniqueArray(fc.integer({ min: 1, max: count - 1 }), { maxLength: 8 }).chain((cuts) => {
    const edges = [0, ...cuts.toSorted((x, y) => x - y), count];
    const spans = edges.slice(1).map((end, at) => [edges[at]! + 1, end] as const);
    return fc.shuffledSubarray(spans, { minLength: spans.length });
  });
  const claims = fc.array(fc.tuple(fc.integer({ min: 1, max: count }), fc.integer({ min: 1, max: count })), {
    maxLength: 5,
  });

  it('that goes back to an epoch that is over is not what it says', async () => {
    const forward = await Reader.create();
    await forward.read(
      logOf(9, 0, 1, (seq) => BigInt(seq > 4 ? 3 : 2)),
      1,
      9,
    );
    expect(forward.faults).toEqual([]);
    const back = await Reader.create();
    await back.read(
      logOf(9, 0, 1, (seq) => BigInt(seq === 6 ? 1 : 3)),
      1,
      9,
    );
    expect(back.faults).toEqual(['broken']);
  });

  it('that is one and the same raises no alarm, in whatever pieces and order it is read', async () => {
    const log = logOf(count);
    await fc.assert(
      fc.asyncProperty(pieces, claims, async (spans, said) => {
        const reader = await Reader.create();
        for (const [from, to] of spans) {
          const inHere = said.filter(([at, seen]) => at >= from && at <= to && seen < at);
          await reader.read(
            log,
            from,
            to,
            inHere.map(([at, seen]) => claimOf(log, seen, at)),
          );
        }
        expect(reader.faults).toEqual([]);
        expect(reader.disk.rows('SELECT * FROM log_alarm')).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('of which a piece is from another one raises an alarm, in whatever order it is read', async () => {
    const log = logOf(count);
    const other = logOf(count, 7);
    await fc.assert(
      fc.asyncProperty(pieces, fc.nat(), async (spans, pick) => {
        fc.pre(spans.length > 1);
        const reader = await Reader.create();
        const changed = pick % spans.length;
        for (const [at, [from, to]] of spans.entries()) {
          await reader.read(at === changed ? other : log, from, to);
        }
        expect(reader.faults).toContain('broken');
      }),
      { numRuns: 40 },
    );
  });

  it('that is whole in itself, and another than a member saw, is found out by what the member says', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: count - 1 }), async (spans, forkedAt) => {
        const shown = logOf(count, 7, forkedAt);
        const seen = logOf(count);
        const reader = await Reader.create();
        for (const [from, to] of spans) {
          await reader.read(shown, from, to, to === count ? [claimOf(seen, count - 1, count)] : []);
        }
        expect(new Set(reader.faults)).toEqual(new Set(['forked']));
      }),
      { numRuns: 40 },
    );
  });

  it('is remembered by its newest entries and its edges', async () => {
    const log = logOf(1_200);
    const reader = await Reader.create();
    await reader.read(log, 900, 1_000);
    for (let at = 1_001; at <= 1_200; at += 50) await reader.read(log, at, at + 49);
    for (let at = 801; at >= 1; at -= 100) await reader.read(log, at, at === 801 ? 899 : at + 99);
    expect(reader.faults).toEqual([]);
    const rows = reader.disk.rows('SELECT seq FROM entry_hash').map(({ seq }) => seq as number);
    expect(rows.length).toBeLessThanOrEqual(2 * keptHashes);
    expect(rows).toContain(1_200);
    // What is far back is passed over; what can be compared is.
    await reader.read(log, 1_200, 1_200, [claimOf(logOf(1_200, 7), 10, 1_200)]);
    expect(reader.faults).toEqual([]);
    await reader.read(log, 1_200, 1_200, [claimOf(logOf(1_200, 7), 1_190, 1_200)]);
    expect(reader.faults).toEqual(['forked']);
  });
});
