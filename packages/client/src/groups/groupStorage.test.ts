import { type ConversationGroup, groupDelta } from '@sotto/crypto';
import { LargeConversation, provider } from '@sotto/crypto/testing';
import { suiteIds } from '@sotto/primitives';
import type { AccountId, ConversationId, TransactionId } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConversationKey, insertConversation } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { migrations } from '../database/migrations.ts';
import type { ClientDatabase, Sql } from '../ports.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { measureGroupStorage } from '../testing/measureGroupStorage.ts';
import { groupRecordMigration } from './groupRecordMigration.ts';
import { readGroup, readPending, storePending } from './groupTable.ts';
import { OpenGroups } from './openGroups.ts';
import { openPending } from './openPending.ts';

const suite = suiteIds.x25519ChaCha20;

function addConversation(sql: Sql, number: number): ConversationKey {
  return insertConversation(sql, {
    conversationId: number.toString(16).padStart(32, '0') as ConversationId,
    logId: null,
    peerId: '02'.repeat(16) as AccountId,
    state: 'ready',
    lastActivityMs: 0,
  }).key;
}

async function diskWith(conversations: number): Promise<[TestDisk, ClientDatabase, ConversationKey[]]> {
  const disk = new TestDisk();
  const database = disk.open();
  await migrate(database);
  const keys = await database.transaction((sql) =>
    Array.from({ length: conversations }, (_, number) => addConversation(sql, number)),
  );
  return [disk, database, keys];
}

/** All records of a group, as they are when it is written whole. */
function recordsOf(group: ConversationGroup): string[] {
  return groupDelta(null, group)
    .put.map(({ section, index, value }) => `${section}/${index} ${value.toHex()}`)
    .sort();
}

function storedRecords(database: ClientDatabase, key: ConversationKey): string[] {
  const stored = database.read((sql) => readGroup(sql, key));
  return (stored?.records ?? []).map((one) => `${one.section}/${one.index} ${one.value.toHex()}`).sort();
}

describe('what a step writes of a group', () => {
  it('stays within kilobytes, however many devices the group has', async () => {
    const limits = {
      firstMessage: 1024,
      nextMessage: 128,
      ownMessage: 1024,
      receivedCommit: 16 * 1024,
      // The commit itself, to be sent, with its GroupInfo.
      ownCommitMade: 64 * 1024,
      ownCommitMerged: 16 * 1024,
      manySteps: 4 * 1024,
    } as const;
    for (const size of [2, 256]) {
      const { written } = await measureGroupStorage(new TestDisk().open(), size, { fillEvery: 8 });
      for (const [step, most] of Object.entries(limits)) {
        const { given } = written[step as keyof typeof limits];
        expect(given, `${step} at ${size}`).toBeGreaterThan(0);
        expect(given, `${step} at ${size}`).toBeLessThan(most);
      }
      if (size > 2) expect(written.everything.given).toBeGreaterThan(300 * 1024);
    }
  });
});

describe('stored groups', () => {
  const members = 5;
  const create = () => LargeConversation.create(members, { fillEvery: 2, suite });

  /** A device that has just stored the conversation's group. */
  async function deviceWith(conversation: LargeConversation, count = 1) {
    const [disk, database, keys] = await diskWith(count);
    await database.transaction((sql) => {
      for (const key of keys) new OpenGroups(provider).storeAnew(sql, key, conversation.group);
    });
    return { disk, database, keys, key: keys[0]! };
  }

  it('are after any history what the last durable state is whole, wherever the process ends', async () => {
    const step = fc.record({
      changes: fc.array(fc.constantFrom('message', 'own', 'commit', 'ownCommit'), {
        minLength: 1,
        maxLength: 4,
      }),
      sender: fc.integer({ min: 1, max: members - 1 }),
      ends: fc.constantFrom('well', 'well', 'before', 'after'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        const conversation = await create();
        const { disk, key, ...device } = await deviceWith(conversation);
        let { database } = device;
        let groups = new OpenGroups(provider);
        let durable = recordsOf(conversation.group);
        for (const { changes, sender, ends } of steps) {
          const before = database.read((sql) => groups.get(sql, key));
          const states = [before!];
          for (const change of changes) {
            const last = states.at(-1)!;
            if (change === 'message') states.push(await conversation.messageOf(last, sender));
            else if (change === 'own') states.push(await conversation.ownMessage(last));
            else if (change === 'commit') states.push(await conversation.commitOf(last, sender));
            else states.push((await conversation.ownCommit(last)).next);
          }
          const newest = states.at(-1)!;
          const whole = recordsOf(newest);
          if (ends !== 'well') disk.failAt(1, ends);
          const stored = database.transaction((sql) => groups.store(sql, key, newest));
          if (ends === 'well') {
            await stored;
            groups.replaced(key, states);
          } else {
            await expect(stored).rejects.toThrow();
            groups.eraseAll();
            disk.repair();
            database = disk.open();
            groups = new OpenGroups(provider);
          }
          if (ends !== 'before') durable = whole;
          expect(storedRecords(database, key)).toEqual(durable);
        }
        const read = database.read((sql) => new OpenGroups(provider).get(sql, key));
        expect(recordsOf(read!)).toEqual(durable);
      }),
      { numRuns: 25 },
    );
  });

  it('leave nothing of what they replace, in storage or in memory', async () => {
    const conversation = await create();
    const { database, key } = await deviceWith(conversation);
    const groups = new OpenGroups(provider);
    const before = database.read((sql) => groups.get(sql, key))!;
    const afterMessage = await conversation.messageOf(before, 1);
    const next = await conversation.commitOf(afterMessage, 2);
    const secrets: Uint8Array[] = [
      ...Object.values(before.state.own.secrets),
      ...before.state.own.privateKeys.values(),
      ...Object.values(afterMessage.state.own.secrets),
    ].filter((secret) => ![...next.state.own.privateKeys.values()].includes(secret));
    const values = secrets.map((secret) => secret.toHex());
    await database.transaction((sql) => groups.store(sql, key, next));
    groups.replaced(key, [before, afterMessage, next]);
    for (const secret of secrets) expect(secret.every((byte) => byte === 0)).toBe(true);
    const stored = storedRecords(database, key).join();
    for (const value of values) expect(stored).not.toContain(value);
  });

  it('are given up where a record of them is damaged or missing', async () => {
    const { database, key } = await deviceWith(await create());
    const { records } = database.read((sql) => readGroup(sql, key))!;
    const read = () => database.read((sql) => new OpenGroups(provider).get(sql, key));
    const write = (text: string, ...params: (number | Uint8Array)[]) =>
      database.transaction((sql) => sql.run(text, ...params));
    expect(read()).not.toBeNull();
    const numbers = { core: 0, tree: 1, secrets: 2, proposals: 3 } as const;
    const at = 'WHERE conversation = ? AND section = ? AND idx = ?';
    for (const { section, index, value } of records) {
      const place = [key, numbers[section], index] as const;
      await write(`UPDATE group_record SET value = zeroblob(40) ${at}`, ...place);
      expect(read(), `${section}/${index}`).toBeNull();
      expect(database.read((sql) => new OpenGroups(provider).look(sql, key, (group) => group))).toBeNull();
      await write(`DELETE FROM group_record ${at}`, ...place);
      // Another's node that is gone makes another tree, of which the next commit tells.
      if (section !== 'tree' || index === 0) expect(read(), `${section}/${index}`).toBeNull();
      await write(
        'INSERT INTO group_record (conversation, section, idx, value) VALUES (?, ?, ?, ?)',
        ...place,
        value,
      );
    }
    expect(read()).not.toBeNull();
  });

  it('stay open for a step whatever is looked at meanwhile, and are closed when many others are used', async () => {
    const conversation = await create();
    const { database, keys, key } = await deviceWith(conversation, 70);
    const groups = new OpenGroups(provider);
    const open = (one: ConversationKey) => database.read((sql) => groups.get(sql, one))!;
    const used = open(key);
    const looked: ConversationGroup[] = [];
    for (const other of keys.slice(1)) {
      database.read((sql) => groups.look(sql, other, (group) => looked.push(group!)));
    }
    expect(looked.every((group) => group.state.own.life.erased)).toBe(true);
    expect(used.state.own.life.erased).toBe(false);
    expect(open(key)).toBe(used);
    const next = await conversation.messageOf(used, 1);
    for (const other of keys.slice(1)) open(other);
    expect(used.state.own.life.erased).toBe(true);
    // One that is no longer open is written whole.
    const whole = recordsOf(next);
    await database.transaction((sql) => groups.store(sql, key, next));
    expect(storedRecords(database, key)).toEqual(whole);
  });
});

describe('a pending commit', () => {
  it('is stored as what it changes of the group, and is of no use once that has moved on', async () => {
    const conversation = await LargeConversation.create(5, { fillEvery: 2, suite });
    const [, database, keys] = await diskWith(1);
    const key = keys[0]!;
    const { group } = conversation;
    const made = await conversation.ownCommit(group);
    await database.transaction((sql) =>
      storePending(sql, key, {
        transactionId: '03'.repeat(16) as TransactionId,
        purpose: 'remove',
        baseEpoch: Number(made.epoch),
        accepted: false,
        pending: made.encode(),
        deposits: null,
        note: null,
        changeId: null,
      }),
    );
    const read = () => database.read((sql) => readPending(sql, key))!;
    const row = read();
    const opened = openPending(provider, row, await conversation.messageOf(made.current!, 1));
    expect(opened.kind === 'pendingCommit' && recordsOf(opened.next)).toEqual(recordsOf(made.next));
    expect(row.pending.every((byte) => byte === 0)).toBe(true);
    expect(openPending(provider, read(), null).kind).toBe('refused');
    expect(openPending(provider, read(), await conversation.commitOf(group, 1)).kind).toBe('refused');
  });
});

describe('the migration to records', () => {
  it('leaves groups to be rejoined, and own commits that do not need one', async () => {
    const disk = new TestDisk();
    const earlier = migrations.slice(0, migrations.indexOf(groupRecordMigration));
    for (const migration of earlier) disk.exec(migration);
    disk.exec(`PRAGMA user_version = ${earlier.length}`);
    const database = disk.open();
    await database.transaction((sql) => {
      const purposes = ['create', 'join', 'heal', 'remove'];
      for (const [at, purpose] of purposes.entries()) {
        sql.run(
          `INSERT INTO conversation (conversation_id, log_id, peer_id, state, last_activity_ms)
           VALUES (?1, ?1, 'peer', 'ready', 0)`,
          String(at),
        );
        const key = sql.get('SELECT last_insert_rowid() AS key')?.key as number;
        if (purpose === 'create') sql.run(`UPDATE conversation SET state = 'waiting' WHERE key = ?`, key);
        sql.run('INSERT INTO group_state VALUES (?, 1, ?)', key, new Uint8Array(4));
        sql.run('INSERT INTO group_tree VALUES (?, 1, ?)', key, new Uint8Array(4));
        sql.run(
          `INSERT INTO pending_commit (conversation, transaction_id, purpose, base_epoch, pending)
           VALUES (?, ?, ?, 0, ?)`,
          key,
          String(at),
          purpose,
          new Uint8Array(4),
        );
      }
    });
    await migrate(database);
    expect(disk.rows('SELECT state, broken FROM conversation ORDER BY key')).toEqual([
      { state: 'waiting', broken: 0 },
      { state: 'ready', broken: 1 },
      { state: 'ready', broken: 1 },
      { state: 'ready', broken: 1 },
    ]);
    expect(disk.rows('SELECT purpose FROM pending_commit ORDER BY conversation')).toEqual([
      { purpose: 'create' },
      { purpose: 'join' },
      { purpose: 'heal' },
    ]);
    expect(disk.rows('SELECT * FROM group_state')).toEqual([]);
    expect(disk.rows('SELECT * FROM group_record')).toEqual([]);
  });
});
