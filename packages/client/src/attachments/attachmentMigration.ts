/** Tables of attachments: what messages name, what is being sent, and what was fetched. */
export const attachmentMigration = `
-- What messages name, by their place in the message. Deleted with the message (deleteAttachments).
CREATE TABLE attachment (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  message_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  -- photo, video, voice, audio, file; sticker: the picture of one
  kind TEXT NOT NULL,
  -- SHA-256 of the ciphertext; NULL until it is sealed
  blob_id TEXT,
  -- encoded Attachment, with its key
  content BLOB NOT NULL,
  -- NULL: can be seen as often as wanted; unopened, open, opened
  view_once TEXT,
  PRIMARY KEY (conversation, message_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_by_blob ON attachment (blob_id);
CREATE INDEX attachment_by_kind ON attachment (conversation, kind);

-- Who has seen own view-once files.
CREATE TABLE attachment_viewer (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  message_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  PRIMARY KEY (conversation, message_id, account_id)
) STRICT, WITHOUT ROWID;

-- Own entries whose blobs are not needed any more: the server is to be told.
CREATE TABLE blob_release (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

-- Files of messages that wait in the outbox: the message is sent once all of its are uploaded.
-- sealing (into the local file) -> staged -> uploaded -> gone, with the outbox item
CREATE TABLE upload (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  message_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL,
  file TEXT NOT NULL,
  sealed_size INTEGER NOT NULL,
  -- the server's word for this upload; NULL: to be asked for
  ticket BLOB,
  paused INTEGER NOT NULL DEFAULT 0,
  -- why it stopped, or NULL
  fault TEXT,
  UNIQUE (conversation, message_id, position)
) STRICT;

-- Ciphertext on this device: files sent from it, and files fetched.
CREATE TABLE blob (
  blob_id TEXT PRIMARY KEY,
  file TEXT NOT NULL UNIQUE,
  sealed_size INTEGER NOT NULL,
  -- one bit for each chunk that is here; NULL: all are
  chunks BLOB,
  here_bytes INTEGER NOT NULL,
  used_at_ms INTEGER NOT NULL,
  -- to be fetched wholly
  wanted INTEGER NOT NULL DEFAULT 0,
  paused INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_by_use ON blob (used_at_ms);

CREATE TABLE attachment_setting (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  fetch_limit_bytes INTEGER NOT NULL
) STRICT;
`;
