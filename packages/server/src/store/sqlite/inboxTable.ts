/**
 * Inboxes: `welcome_share` and `welcome_entry` (spec/log.md §Appending). What goes with every Welcome of a commit, the
 * tree, the note and the end of the Welcomes, is stored once; an inbox entry is put together when it is read. Invariant: a share is there as
 * long as an entry needs it.
 */
import type { DatabaseSync } from 'node:sqlite';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type DeviceId, EntrySchema, idToBytes } from '@sotto/protocol';
import { encodeEntry } from '../../log/encodeEntry.ts';
import type { Appended, CommitDraft, EntryRange, Sent, StoredEntry } from '../store.ts';
import type { LogHead, LogTables } from './logTables.ts';

export interface NewWelcome {
  readonly conversationId: Uint8Array;
  /** Without what all Welcomes of the commit end with. */
  readonly welcome: Uint8Array;
  readonly commitSeq: number;
}

export class InboxTable {
  readonly #logs: LogTables;
  readonly #insertShare;
  readonly #insertEntry;
  readonly #findShare;
  readonly #sharesThrough;
  readonly #deleteEntries;
  readonly #release;
  readonly #deleteUnused;

  constructor(database: DatabaseSync, logs: LogTables) {
    this.#logs = logs;
    this.#insertShare = database.prepare(
      'INSERT INTO welcome_share (ratchet_tree, note, welcome_end, inboxes) VALUES (?, ?, ?, ?)',
    );
    this.#insertEntry = database.prepare('INSERT INTO welcome_entry (log, seq, share) VALUES (?, ?, ?)');
    this.#findShare = database.prepare(
      `SELECT ratchet_tree AS ratchetTree, note, welcome_end AS welcomeEnd FROM welcome_entry
       JOIN welcome_share ON welcome_share.number = welcome_entry.share WHERE log = ? AND seq = ?`,
    );
    this.#sharesThrough = database.prepare('SELECT share FROM welcome_entry WHERE log = ? AND seq <= ?');
    this.#deleteEntries = database.prepare('DELETE FROM welcome_entry WHERE log = ? AND seq <= ?');
    this.#release = database.prepare('UPDATE welcome_share SET inboxes = inboxes - 1 WHERE number = ?');
    this.#deleteUnused = database.prepare('DELETE FROM welcome_share WHERE number = ? AND inboxes <= 0');
  }

  /** The number of what the Welcomes of a commit share. */
  share({ ratchetTree, note, welcomeEnd, welcomes }: CommitDraft): number {
    const inserted = this.#insertShare.run(ratchetTree, note, welcomeEnd, welcomes.length);
    return Number(inserted.lastInsertRowid);
  }

  append(
    share: number,
    deviceId: DeviceId,
    { sender, transactionId, nowMs }: Sent,
    { conversationId, welcome, commitSeq }: NewWelcome,
  ): Appended {
    const inbox = this.#logs.find({ kind: 'inbox', id: deviceId })!;
    const seq = inbox.headSeq + 1;
    const bytes = encodeEntry({
      seq: BigInt(seq),
      acceptedAtMs: BigInt(nowMs),
      transactionId,
      senderAccount: idToBytes(sender.accountId),
      senderDevice: idToBytes(sender.deviceId),
      kind: { case: 'welcome', value: { conversationId, welcome, commitSeq: BigInt(commitSeq) } },
    });
    this.#logs.append(inbox, bytes);
    this.#insertEntry.run(inbox.number, seq, share);
    return { log: { kind: 'inbox', id: deviceId }, seq, bytes, isWhole: false, removed: [] };
  }

  /** Whole entries, cut by number and size but never to none. */
  read(inbox: LogHead, range: EntryRange): StoredEntry[] {
    const entries: StoredEntry[] = [];
    let leftBytes = range.maxSizeBytes;
    let { afterSeq } = range;
    while (entries.length < range.maxEntries && leftBytes > 0) {
      const [part] = this.#logs.read(inbox.number, { ...range, afterSeq, maxEntries: 1 });
      if (part === undefined) break;
      const bytes = this.#complete(inbox.number, part);
      leftBytes -= bytes.length;
      if (leftBytes < 0 && entries.length > 0) break;
      entries.push({ seq: part.seq, bytes });
      afterSeq = part.seq;
    }
    return entries;
  }

  deleteThrough(inbox: LogHead, seq: number): void {
    const shares = this.#sharesThrough.all(inbox.number, seq);
    this.#deleteEntries.run(inbox.number, seq);
    for (const { share } of shares) {
      this.#release.run(share as number);
      this.#deleteUnused.run(share as number);
    }
    this.#logs.deleteThrough(inbox, seq);
  }

  #complete(log: number, { seq, bytes }: StoredEntry): Uint8Array {
    const shared = this.#findShare.get(log, seq);
    if (shared === undefined) return bytes;
    const entry = fromBinary(EntrySchema, bytes);
    if (entry.kind.case !== 'welcome') return bytes;
    const end = shared.welcomeEnd as Uint8Array;
    if (end.length > 0) entry.kind.value.welcome = Buffer.concat([entry.kind.value.welcome, end]);
    entry.kind.value.ratchetTree = shared.ratchetTree as Uint8Array<ArrayBuffer>;
    entry.kind.value.note = shared.note as Uint8Array<ArrayBuffer>;
    return toBinary(EntrySchema, entry);
  }
}
