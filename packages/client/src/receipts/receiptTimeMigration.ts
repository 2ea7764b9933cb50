/** When members told that they had, or had read, what stands in a part of the log (receiptTimes.ts). */
export const receiptTimeMigration = `
CREATE TABLE receipt_time (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  -- delivered, read
  kind TEXT NOT NULL,
  -- entries above the first and up to the second
  above INTEGER NOT NULL,
  through INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (conversation, account_id, kind, through)
) STRICT, WITHOUT ROWID;
`;
