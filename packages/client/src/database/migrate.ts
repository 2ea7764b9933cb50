import { type ClientDatabase, DatabaseUnusable, type Sql } from '../ports.ts';
import { indexStoredTexts, searchMigration } from '../search/searchTable.ts';
import { migrations } from './migrations.ts';

const userVersion = (sql: Sql): number => Number(sql.get('PRAGMA user_version')?.user_version ?? 0);

/**
 * Brings the database to this version's schema, all missing migrations in one transaction. Throws
 * `DatabaseUnusable` for a database of a later version: it is left as it is.
 */
export async function migrate(database: ClientDatabase): Promise<void> {
  const version = database.read(userVersion);
  if (version > migrations.length) throw new DatabaseUnusable('storageCorrupt');
  if (version === migrations.length) return;
  await database.transaction((sql) => {
    for (const migration of migrations.slice(version)) {
      for (const statement of splitStatements(migration)) sql.run(statement);
      if (migration === searchMigration) indexStoredTexts(sql);
    }
    sql.run(`PRAGMA user_version = ${migrations.length}`);
  });
}

/** Statements of a migration; none contains a semicolon inside quotes, comments are taken out. */
function splitStatements(script: string): string[] {
  return script
    .replace(/--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
