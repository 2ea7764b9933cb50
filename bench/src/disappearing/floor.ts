/** The floor: bare SQLite that deletes the same rows of a copy of the same database, and empties its journal. */
import { DatabaseSync } from 'node:sqlite';

export interface FloorTimes {
  readonly totalMs: number;
  /** The longest transaction. */
  readonly longestMs: number;
}

/** As the engine does it. */
const perTransaction = 200;

/** `path`: of the copy. */
export function measureFloor(path: string): FloorTimes {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec('PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON');
  const remove = database.prepare(
    `DELETE FROM message WHERE (conversation, ord) IN
       (SELECT conversation, ord FROM message WHERE expires_at_ms IS NOT NULL ORDER BY expires_at_ms LIMIT ?)`,
  );
  const beganMs = performance.now();
  let longestMs = 0;
  for (let isMore = true; isMore; ) {
    const startMs = performance.now();
    isMore = remove.run(perTransaction).changes === perTransaction;
    longestMs = Math.max(longestMs, performance.now() - startMs);
  }
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const totalMs = performance.now() - beganMs;
  database.close();
  return { totalMs, longestMs };
}
