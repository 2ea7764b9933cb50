/** Tables for finding out what a server leaves out or makes up (spec/history.md §Integrity). */
export const integrityMigration = `
-- SHA-256 of log entries: of the newest ones, and of those at the edges of what is here.
CREATE TABLE entry_hash (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

-- An entry that a member says to have seen and that is not here yet: of each account the newest.
CREATE TABLE log_claim (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (conversation, account_id)
) STRICT, WITHOUT ROWID;

-- What was found: broken, forked (by account_id's word), shortened. It stays until the user has acknowledged it.
CREATE TABLE log_alarm (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  reason TEXT NOT NULL,
  -- empty where it is from nobody's word
  account_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  acknowledged INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation, reason, account_id)
) STRICT, WITHOUT ROWID;
`;
