/** SQLite's own WebAssembly build, loaded once per worker from beside the code: nothing comes from elsewhere. */
import initSqlite, { type Sqlite3Static } from '@sqlite.org/sqlite-wasm';

let loading: Promise<Sqlite3Static> | null = null;

export function loadSqlite(): Promise<Sqlite3Static> {
  loading ??= initSqlite();
  return loading;
}
