/** Frozen. Entries whose content goes once it is delivered, and for whom the blobs of such are of no use any more. */
export const passingEntries = `
-- entries that still have their content; at the latest then it goes
CREATE TABLE passing (
  log INTEGER NOT NULL REFERENCES log,
  seq INTEGER NOT NULL,
  delete_at_ms INTEGER NOT NULL,
  PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX passing_by_time ON passing (delete_at_ms);

CREATE TABLE blob_release (
  conversation INTEGER NOT NULL REFERENCES conversation,
  seq INTEGER NOT NULL,
  account INTEGER NOT NULL REFERENCES account,
  PRIMARY KEY (conversation, seq, account)
) STRICT, WITHOUT ROWID;
`;
