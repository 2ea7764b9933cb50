/** Accounts met here that were replaced, as the server says, and whether the user took the new one for the same person. */
export const identityMigration = `
CREATE TABLE replaced_account (
  account_id TEXT PRIMARY KEY,
  successor_id TEXT NOT NULL,
  accepted INTEGER NOT NULL,
  told_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX replaced_by_successor ON replaced_account (successor_id);
`;
