/** Accounts met here that were replaced, as the server says, and what the user said to that: nothing, yes, or no. */
export const identityMigration = `
CREATE TABLE replaced_account (
  account_id TEXT PRIMARY KEY,
  successor_id TEXT NOT NULL,
  -- 'open', 'accepted' or 'declined'
  choice TEXT NOT NULL,
  told_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX replaced_by_successor ON replaced_account (successor_id);
`;
