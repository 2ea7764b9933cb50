import type { Provider } from '@sotto/crypto';
import { type AccountId, lastingBytes } from '@sotto/protocol';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import type { Step } from '../device/steps.ts';
import { spanBelow } from '../history/spanTable.ts';
import { acceptedUpTo } from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import type { DecodedEntry } from '../sync/entry.ts';
import {
  deleteClaim,
  findEntryHash,
  forgetEntryHashes,
  insertClaim,
  insertEntryHash,
  keptHashes,
  type LogClaim,
  type LogPosition,
  readClaims,
  readEntryHashes,
} from './entryHashTable.ts';
import { forgetAcknowledged, type LogFault, raiseLogAlarm } from './logAlarmTable.ts';

/** An entry as received. */
export interface CheckedEntry {
  readonly entry: DecodedEntry;
  readonly bytes: Uint8Array;
}

/** What a message said that its sender had seen. */
export interface SeenClaim {
  readonly accountId: AccountId;
  /** Where the message that says so stands. */
  readonly atSeq: number;
  readonly seen: LogPosition;
}

/**
 * Whether entries of a conversation's log follow each other and what is known of the log, and whether it is the same
 * log that members say to have seen (spec/history.md §Integrity). Faults are alarms: nothing is refused for them,
 * because what was opened is genuine whatever place it was given.
 */
export class LogCheck {
  readonly #row: Pick<ConversationRow, 'key' | 'conversationId'>;
  readonly #read: Step['read'];
  /** What was known of entries before; null: nothing. */
  readonly #known = new Map<number, Uint8Array | null>();
  /** What these entries say: their own hashes, and the one that the first names. */
  readonly #hashes = new Map<number, Uint8Array>();
  readonly #faults: LogFault[] = [];
  readonly #open: LogClaim[] = [];
  /** The newest entry that each account has seen as it is here. */
  readonly #agreed = new Map<AccountId, number>();
  readonly #firstSeq: number;
  readonly #lastSeq: number;
  #epoch = 0n;

  /** `entries`: ascending and without gaps. `claims`: of any of them. */
  constructor(
    provider: Pick<Provider, 'sha256'>,
    step: Pick<Step, 'read'>,
    row: Pick<ConversationRow, 'key' | 'conversationId'>,
    entries: readonly CheckedEntry[],
    claims: readonly SeenClaim[],
  ) {
    this.#row = row;
    this.#read = step.read;
    this.#firstSeq = entries[0]?.entry.seq ?? 1;
    this.#lastSeq = entries.at(-1)?.entry.seq ?? 0;
    if (entries.length > 0) this.#readKnown();
    for (const { entry, bytes } of entries) this.#checkEntry(entry, provider.sha256(lastingBytes(bytes)));
    for (const claim of claims) this.#checkClaim(claim);
    for (const claim of step.read((sql) => readClaims(sql, row.key))) this.#compare(claim);
  }

  get faults(): readonly LogFault[] {
    return this.#faults;
  }

  /** After the entries' effects: one of this device's own that was accepted at a place of theirs, and is not there. */
  storeMissing(sql: Sql, afterSeq: number): void {
    const missing = acceptedUpTo(sql, this.#row.key, this.#lastSeq).some(({ seq }) => seq > afterSeq);
    if (missing) this.#fault('shortened', this.#lastSeq);
  }

  /** In the transaction that stores the entries, after their span. */
  store(sql: Sql, changes: Changes, nowMs: number): void {
    const { key } = this.#row;
    const newestSeq = spanBelow(sql, key, Number.MAX_SAFE_INTEGER)?.toSeq ?? this.#lastSeq;
    const keptFrom = newestSeq - keptHashes;
    for (const [seq, hash] of this.#hashes) {
      const isEdge = seq < this.#firstSeq || seq === this.#lastSeq;
      if (isEdge || seq >= keptFrom) insertEntryHash(sql, key, { seq, hash });
    }
    const mayForget = Math.floor(newestSeq / keptHashes) > Math.floor((this.#firstSeq - 1) / keptHashes);
    if (mayForget) forgetEntryHashes(sql, key, keptFrom);
    for (const claim of this.#open) {
      const span = spanBelow(sql, key, claim.seq + 1);
      // Read long ago: what its sender says next will name an entry that can be compared.
      if (span === null || span.toSeq < claim.seq) insertClaim(sql, key, claim);
    }
    for (const [accountId, seq] of this.#agreed) {
      deleteClaim(sql, key, accountId, seq);
      forgetAcknowledged(sql, key, accountId, seq);
    }
    for (const fault of this.#faults) {
      if (fault.accountId !== null) deleteClaim(sql, key, fault.accountId, fault.seq);
      raiseLogAlarm(sql, changes, this.#row, fault, nowMs);
    }
  }

  #readKnown(): void {
    for (let seq = this.#firstSeq - 1; seq <= this.#lastSeq; seq++) this.#known.set(seq, null);
    const range = { fromSeq: this.#firstSeq - 1, toSeq: this.#lastSeq };
    for (const { seq, hash } of this.#read((sql) => readEntryHashes(sql, this.#row.key, range))) {
      this.#known.set(seq, hash);
    }
  }

  #checkEntry({ seq, prevHash, epoch }: DecodedEntry, hash: Uint8Array): void {
    const named = this.#hashAt(seq);
    if (named !== null && !isSame(named, hash)) this.#fault('broken', seq);
    this.#hashes.set(seq, hash);
    // An entry that does not decode names none.
    if (prevHash === null) return;
    // What is of an earlier epoch than what stands before it came later than it says.
    if (epoch < this.#epoch) this.#fault('broken', seq);
    this.#epoch = epoch;
    if (seq === 1) {
      if (prevHash.length > 0) this.#fault('broken', seq);
      return;
    }
    const before = this.#hashAt(seq - 1);
    if (before === null && prevHash.length === 32) this.#hashes.set(seq - 1, prevHash);
    else if (before === null || !isSame(before, prevHash)) this.#fault('broken', seq);
  }

  #checkClaim({ accountId, atSeq, seen }: SeenClaim): void {
    // Nobody has seen what came after the own message before it was sent.
    if (seen.seq >= atSeq) this.#fault('forked', seen.seq, accountId);
    else if (!this.#compare({ accountId, ...seen })) this.#open.push({ accountId, ...seen });
  }

  /** Whether the entry is known here. */
  #compare(claim: LogClaim): boolean {
    const hash = this.#hashAt(claim.seq);
    if (hash === null) return false;
    const { accountId, seq } = claim;
    if (!isSame(hash, claim.hash)) this.#fault('forked', seq, accountId);
    else this.#agreed.set(accountId, Math.max(seq, this.#agreed.get(accountId) ?? 0));
    return true;
  }

  #hashAt(seq: number): Uint8Array | null {
    const said = this.#hashes.get(seq);
    if (said !== undefined) return said;
    let known = this.#known.get(seq);
    if (known === undefined) {
      known = this.#read((sql) => findEntryHash(sql, this.#row.key, seq));
      this.#known.set(seq, known);
    }
    return known;
  }

  #fault(reason: LogFault['reason'], seq: number, accountId: AccountId | null = null): void {
    this.#faults.push({ reason, seq, accountId });
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
