/** Tables of history (spec/history.md): keys, deposits, and which entries of each log are here. */
export const historyMigration = `
-- History keys of epochs: from this device's own group, or opened from a deposit. Several only where members differ.
CREATE TABLE epoch_key (
  log_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  history_key BLOB NOT NULL,
  -- from the own group; else from a deposit
  derived INTEGER NOT NULL,
  PRIMARY KEY (log_id, epoch, history_key)
) STRICT, WITHOUT ROWID;

-- Entries of the keyring that have not been opened yet.
CREATE TABLE deposit (
  seq INTEGER PRIMARY KEY,
  log_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sender_account TEXT NOT NULL,
  sender_device TEXT NOT NULL,
  enc BLOB NOT NULL,
  sealed BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT;
CREATE INDEX deposit_by_epoch ON deposit (log_id, epoch);
ALTER TABLE device ADD COLUMN keyring_cursor INTEGER NOT NULL DEFAULT 0;

-- Entries of a conversation's log whose effects are here: disjoint, and never adjacent.
CREATE TABLE log_span (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (conversation, from_seq)
) STRICT, WITHOUT ROWID;
INSERT INTO log_span SELECT key, cursor, cursor FROM conversation WHERE cursor > 0;

-- Encoded CommitAppend with nothing but the deposits that go with the commit.
ALTER TABLE pending_commit ADD COLUMN deposits BLOB;
-- Encoded KeptKey of what is sealed.
ALTER TABLE outbox ADD COLUMN kept BLOB;
`;
