/** Frozen. Which blobs there are, who uploaded them and what holds them. Their bytes are files. */
export const blobs = `
-- blob: null until the content was verified; kept: 1 once its bytes are kept, and only the answer may be missing
CREATE TABLE upload (
  id BLOB PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES account,
  size_bytes INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  blob BLOB,
  kept INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_by_account ON upload (account);
CREATE INDEX upload_by_expiry ON upload (expires_at_ms);
CREATE INDEX upload_by_blob ON upload (blob) WHERE blob IS NOT NULL;

-- delete_at_ms: null while a message holds it
CREATE TABLE blob (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  size_bytes INTEGER NOT NULL,
  delete_at_ms INTEGER
) STRICT;
CREATE INDEX blob_to_delete ON blob (delete_at_ms) WHERE delete_at_ms IS NOT NULL;

CREATE TABLE blob_uploader (
  blob INTEGER NOT NULL REFERENCES blob,
  account INTEGER NOT NULL REFERENCES account,
  PRIMARY KEY (blob, account)
) STRICT, WITHOUT ROWID;

-- what counts against the quota of an account: its uploads under way, and the blobs that it uploaded
CREATE TABLE blob_usage (
  account INTEGER PRIMARY KEY REFERENCES account,
  used_bytes INTEGER NOT NULL
) STRICT;

-- account: whose message it is. expires_at_ms: null where the message is kept for history
CREATE TABLE blob_hold (
  conversation INTEGER NOT NULL REFERENCES conversation,
  seq INTEGER NOT NULL,
  blob INTEGER NOT NULL REFERENCES blob,
  account INTEGER NOT NULL REFERENCES account,
  expires_at_ms INTEGER,
  PRIMARY KEY (conversation, seq, blob)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_hold_by_blob ON blob_hold (blob, conversation, seq);
CREATE INDEX blob_hold_by_expiry ON blob_hold (expires_at_ms) WHERE expires_at_ms IS NOT NULL;
`;
