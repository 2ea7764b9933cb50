/** What messages have beside their text, and what was done to them (spec/messages.md). */
export const messagesMigration = `
-- The id that its sender chose, where another message here has that as its message_id.
ALTER TABLE message ADD COLUMN wire_id TEXT;
-- Of texts: encoded Content without the text and its files; NULL: there is nothing else.
ALTER TABLE message ADD COLUMN extras BLOB;
-- What it answers, as its sender calls it.
ALTER TABLE message ADD COLUMN reply_id TEXT;
-- Of edited texts: encoded Edit without a reference, as it was at first.
ALTER TABLE message ADD COLUMN original BLOB;
ALTER TABLE message ADD COLUMN edited_at_ms INTEGER;
ALTER TABLE message ADD COLUMN mentions_self INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_by_wire_id ON message (conversation, wire_id) WHERE wire_id IS NOT NULL;
CREATE INDEX message_by_reply ON message (conversation, reply_id) WHERE reply_id IS NOT NULL;
CREATE INDEX message_by_mention ON message (conversation, ord) WHERE mentions_self = 1;

-- Entries that change messages, whether those are here or not: what a message is now follows from all of them.
CREATE TABLE message_change (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  transaction_id TEXT NOT NULL,
  author_id TEXT NOT NULL,
  author_device TEXT NOT NULL,
  target_id TEXT NOT NULL,
  target_account TEXT NOT NULL,
  -- reaction, edit, deletion, pin
  kind TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  -- the emoji, the text, or 1 of a pin that is one
  value TEXT NOT NULL,
  -- encoded Edit with nothing but mentions, or NULL
  mentions BLOB,
  PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_change_by_target
  ON message_change (conversation, target_id, target_account, kind, author_id, seq);
CREATE UNIQUE INDEX message_change_by_id ON message_change (conversation, transaction_id, author_device);

-- What these come to, for showing.
CREATE TABLE reaction (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  target_id TEXT NOT NULL,
  target_account TEXT NOT NULL,
  account_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  emoji TEXT NOT NULL,
  PRIMARY KEY (conversation, target_id, target_account, account_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE pin (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  target_id TEXT NOT NULL,
  target_account TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (conversation, target_id, target_account)
) STRICT, WITHOUT ROWID;
CREATE INDEX pin_by_seq ON pin (conversation, seq);

-- Scheduled: not before this time.
ALTER TABLE outbox ADD COLUMN not_before_ms INTEGER;
`;
