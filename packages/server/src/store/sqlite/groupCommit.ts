/**
 * Group commit (spec/server.md §Store): operations queued while input is handled run one after another in one
 * transaction, so that they share one flush of the disk; nobody hears of them before it is committed.
 *
 * Invariant: an operation either happened whole and was committed before its promise resolved, or left nothing.
 * Operations must be repeatable: when one throws, the transaction is undone and each runs again by itself, so a
 * failing operation does not take its neighbours along.
 */
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../store.ts';

/** Where a simulated crash may strike. */
export type FaultPoint = 'begun' | 'written' | 'committing' | 'committed';

/** For the simulator: called at each point; by answering `crash` the store stops there as a killed process would. */
export type FaultHook = (point: FaultPoint) => 'continue' | 'crash';

export interface GroupCommitEvents {
  /** Last writes of the transaction. */
  beforeCommit(): void;
  committed(): void;
  rolledBack(): void;
  failed(error: unknown): void;
}

interface Operation {
  run(): unknown;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const maxOperationsPerCommit = 4096;

export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #defer: (run: () => void) => void;
  readonly #events: GroupCommitEvents;
  readonly #faults: FaultHook;
  readonly #begin;
  readonly #commit;
  #queue: Operation[] = [];
  #scheduled = false;
  #state: 'open' | 'closed' | 'crashed' = 'open';

  constructor(
    database: DatabaseSync,
    defer: (run: () => void) => void,
    events: GroupCommitEvents,
    faults: FaultHook = () => 'continue',
  ) {
    this.#database = database;
    this.#defer = defer;
    this.#events = events;
    this.#faults = faults;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
  }

  /** Queues `run` for the next commit. Rejects with `StoreUnavailable` where it could not be stored. */
  submit<T>(run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#state === 'crashed') return;
      if (this.#state === 'closed') return reject(new StoreUnavailable('The store is closed.'));
      this.#queue.push({ run, resolve: resolve as (value: unknown) => void, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      this.#defer(() => this.flush());
    });
  }

  /** False once a simulated crash has struck: nothing may be read or answered any more. */
  get alive(): boolean {
    return this.#state !== 'crashed';
  }

  /** Commits what is queued. */
  flush(): void {
    this.#scheduled = false;
    while (this.#queue.length > 0 && this.#state === 'open') {
      const batch = this.#queue.splice(0, maxOperationsPerCommit);
      if (this.#commitTogether(batch)) continue;
      if (!this.alive) return;
      for (const operation of batch) {
        if (batch.length > 1 && this.#commitTogether([operation])) continue;
        if (!this.alive) return;
        operation.reject(new StoreUnavailable('The operation could not be stored.'));
      }
    }
  }

  /** Commits what is queued and takes nothing more. */
  close(): void {
    if (this.#state !== 'open') return;
    this.flush();
    this.#state = 'closed';
  }

  #commitTogether(batch: readonly Operation[]): boolean {
    const results: unknown[] = [];
    try {
      this.#begin.run();
      if (this.#strikes('begun')) return false;
      for (const operation of batch) {
        results.push(operation.run());
        if (this.#strikes('written')) return false;
      }
      this.#events.beforeCommit();
      if (this.#strikes('committing')) return false;
      this.#commit.run();
    } catch (error) {
      this.#undo();
      this.#events.failed(error);
      return false;
    }
    if (this.#strikes('committed')) return false;
    this.#events.committed();
    for (const [i, operation] of batch.entries()) operation.resolve(results[i]);
    return true;
  }

  #strikes(point: FaultPoint): boolean {
    if (this.#faults(point) === 'continue') return false;
    this.#undo();
    this.#state = 'crashed';
    this.#queue = [];
    return true;
  }

  #undo(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch (error) {
      this.#events.failed(error);
    }
    this.#events.rolledBack();
  }
}
