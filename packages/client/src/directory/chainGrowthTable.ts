/**
 * What chains have grown by since a connection came to the ends of all logs last, also before a restart: commits that are
 * still to be read may be older than that (spec/groups.md, "Members"), for what was under way then was lost.
 */
import type { AccountId } from '@sotto/protocol';
import type { Sql } from '../ports.ts';

/** For the schema: see database/migrations.ts. `seq_before`: -1 where nothing of the chain was known. */
export const chainGrowthMigration = `
CREATE TABLE chain_growth (
  account_id TEXT PRIMARY KEY,
  seq_before INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

export function noteGrowth(sql: Sql, accountId: AccountId, seqBefore: number): void {
  sql.run('INSERT OR IGNORE INTO chain_growth VALUES (?, ?)', accountId, seqBefore);
}

export function readGrowth(sql: Sql): Map<AccountId, number> {
  return new Map(
    sql
      .all('SELECT account_id, seq_before FROM chain_growth')
      .map((row) => [row.account_id as AccountId, row.seq_before as number]),
  );
}

/** All logs are read to their ends. */
export function forgetGrowth(sql: Sql): void {
  sql.run('DELETE FROM chain_growth');
}
