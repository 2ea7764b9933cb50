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

-- What was found out about the account's keys at the server: see securityNoticeTable.ts.
CREATE TABLE security_notice (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  account_id TEXT NOT NULL,
  log_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  UNIQUE (kind, account_id, log_id)
) STRICT;

-- 1: the account's keyring has it.
ALTER TABLE epoch_key ADD COLUMN deposited INTEGER NOT NULL DEFAULT 0;
CREATE INDEX undeposited_key ON epoch_key (log_id, epoch) WHERE derived = 1 AND deposited = 0;
-- SHA-256 of the newest entries of the keyring.
CREATE TABLE keyring_hash (
  seq INTEGER PRIMARY KEY,
  hash BLOB NOT NULL
) STRICT;
-- The newest entry of the keyring that a device of the account has read, as its item says.
ALTER TABLE own_item ADD COLUMN keyring_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN keyring_hash TEXT NOT NULL DEFAULT '';
`;
