import type { ClientDatabase, Sql } from '../ports.ts';
import { Changes } from './changes.ts';

/** The engine has stopped (storage failed, signed out, device removed): the command was not carried out. */
export class DeviceStopped extends Error {
  override readonly name = 'DeviceStopped';
}

/** What a step may do. */
export interface Step {
  /** Reads what is committed. No other step runs meanwhile, so it stays true until `commit`. */
  read<T>(run: (sql: Sql) => T): T;
  /** The step's one transaction, at its end. Resolves once durable; views are told after the step, of what it left in memory. */
  commit<T>(run: (sql: Sql, changes: Changes) => T): Promise<T>;
}

/**
 * Steps of a device, one at a time (spec/client.md §Steps). A step reads, computes (asynchronously), and commits
 * one storage transaction; memory is changed only after that, views learn after that. When storage fails,
 * nothing is known of what is durable: no further step runs, and the next start reads what is there.
 */
export class Steps {
  readonly #database: ClientDatabase;
  readonly #publish: (changes: Changes) => void;
  readonly #storageFailed: (error: unknown) => void;
  #last: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(
    database: ClientDatabase,
    publish: (changes: Changes) => void,
    storageFailed: (error: unknown) => void,
  ) {
    this.#database = database;
    this.#publish = publish;
    this.#storageFailed = storageFailed;
  }

  /** Runs `step` after all that were asked for before. Rejects with `DeviceStopped` once stopped. */
  run<T>(step: (step: Step) => Promise<T> | T): Promise<T> {
    const result = this.#last.then(() => this.#runOne(step));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Lets the running step end; no other runs after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#last;
  }

  /** As `stop`, from inside a step. */
  stopSoon(): void {
    this.#stopped = true;
  }

  async #runOne<T>(step: (step: Step) => Promise<T> | T): Promise<T> {
    if (this.#stopped) throw new DeviceStopped();
    let committed = false;
    let done: Changes | null = null;
    const parts: Step = {
      read: (run) => this.#guard(() => this.#database.read(run)),
      commit: async (run) => {
        if (committed) throw new Error('A step has one transaction.');
        if (this.#stopped) throw new DeviceStopped();
        committed = true;
        const changes = new Changes();
        let value: { readonly result: ReturnType<typeof run> };
        try {
          value = await this.#database.transaction((sql) => ({ result: run(sql, changes) }));
        } catch (error) {
          this.#fail(error);
          throw new DeviceStopped();
        }
        done = changes;
        return value.result;
      },
    };
    try {
      return await step(parts);
    } finally {
      if (done !== null) this.#publish(done);
    }
  }

  #guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      this.#fail(error);
      throw new DeviceStopped();
    }
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#storageFailed(error);
  }
}
