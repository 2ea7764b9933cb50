/** For measuring: what a device writes of a group of many, step by step, through the tables it uses. */
import type { ConversationGroup } from '@sotto/crypto';
import { LargeConversation, provider } from '@sotto/crypto/testing';
import type { AccountId, ConversationId, TransactionId } from '@sotto/protocol';
import { type ConversationKey, insertConversation } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { deletePending, readPending, storePending } from '../groups/groupTable.ts';
import { OpenGroups } from '../groups/openGroups.ts';
import { openPending } from '../groups/openPending.ts';
import type { ClientDatabase, Sql } from '../ports.ts';

export interface WrittenBytes {
  /** Given to the database. */
  readonly given: number;
  /** What its write-ahead log grew by: whole pages; 0 where it has none. */
  readonly logged: number;
}

export type GroupStep =
  | 'everything'
  | 'firstMessage'
  | 'nextMessage'
  | 'ownMessage'
  | 'receivedCommit'
  | 'ownCommitMade'
  | 'ownCommitMerged'
  | 'manySteps';

export interface GroupStorage {
  readonly written: Readonly<Record<GroupStep, WrittenBytes>>;
  /** Milliseconds to read the group back, the fastest of five. */
  readonly openMs: number;
}

/**
 * Writes a conversation of `size` devices into an empty database, and then single steps of it. `logSizeBytes`: of the
 * database's write-ahead log, which is emptied before each step.
 */
export async function measureGroupStorage(
  database: ClientDatabase,
  size: number,
  options: { readonly fillEvery: number; readonly logSizeBytes?: () => number },
): Promise<GroupStorage> {
  await migrate(database);
  const conversation = await LargeConversation.create(size, options);
  const key = await database.transaction(addConversation);
  const groups = new OpenGroups(provider);
  let state = conversation.group;

  const measured = async (run: (sql: Sql) => void): Promise<WrittenBytes> => {
    database.read((sql) => sql.get('PRAGMA wal_checkpoint(TRUNCATE)'));
    const before = options.logSizeBytes?.() ?? 0;
    let given = 0;
    await database.transaction((sql) =>
      run({
        ...sql,
        run: (text, ...params) => {
          given += params.reduce<number>((sum, one) => sum + sizeOf(one), 0);
          sql.run(text, ...params);
        },
      }),
    );
    return { given, logged: (options.logSizeBytes?.() ?? 0) - before };
  };
  const step = async (states: readonly ConversationGroup[]): Promise<WrittenBytes> => {
    const newest = states.at(-1) ?? state;
    const written = await measured((sql) => groups.store(sql, key, newest));
    groups.replaced(key, [state, ...states]);
    state = newest;
    return written;
  };

  const everything = await measured((sql) => groups.storeAnew(sql, key, state));
  groups.replaced(key, [state]);
  const far = size - 1;
  const firstMessage = await step([await conversation.messageOf(state, far)]);
  const nextMessage = await step([await conversation.messageOf(state, far)]);
  const ownMessage = await step([await conversation.ownMessage(state)]);
  const receivedCommit = await step([await conversation.commitOf(state, far)]);

  const made = await conversation.ownCommit(state);
  const { current } = made;
  const pending = made.encode();
  const ownCommitMade = await measured((sql) => {
    if (current !== null) groups.store(sql, key, current);
    storePending(sql, key, {
      transactionId: '04'.repeat(16) as TransactionId,
      purpose: 'remove',
      baseEpoch: Number(made.epoch),
      accepted: false,
      pending,
      deposits: null,
      note: null,
      changeId: null,
    });
  });
  groups.replaced(key, current === null ? [] : [state, current]);
  state = current ?? state;
  const row = database.read((sql) => readPending(sql, key));
  const merged = row === null ? null : openPending(provider, row, state);
  if (merged?.kind !== 'pendingCommit') throw new Error('the pending commit was not read back');
  const before = state;
  const ownCommitMerged = await measured((sql) => {
    groups.store(sql, key, merged.next);
    deletePending(sql, key);
  });
  groups.replaced(key, [before, merged.next]);
  state = merged.next;

  const states: ConversationGroup[] = [];
  for (let sender = 1; sender < Math.min(size, 9); sender++) {
    states.push(await conversation.messageOf(states.at(-1) ?? state, sender));
  }
  const manySteps = await step(states);

  let openMs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const beganMs = performance.now();
    const read = database.read((sql) => new OpenGroups(provider).get(sql, key));
    openMs = Math.min(openMs, performance.now() - beganMs);
    if (read === null || read.epoch !== state.epoch) throw new Error('the group was not read back');
  }
  const written = {
    everything,
    firstMessage,
    nextMessage,
    ownMessage,
    receivedCommit,
    ownCommitMade,
    ownCommitMerged,
    manySteps,
  };
  return { written, openMs };
}

function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  return typeof value === 'string' ? value.length : 8;
}

function addConversation(sql: Sql): ConversationKey {
  return insertConversation(sql, {
    conversationId: '05'.repeat(16) as ConversationId,
    logId: null,
    peerId: '06'.repeat(16) as AccountId,
    state: 'ready',
    lastActivityMs: 0,
  }).key;
}
