/** What the account's devices keep for each other of each conversation (spec/history.md, "Account items"). */
export const ownStateMigration = `
CREATE TABLE own_item (
  -- The conversation's log; while it has none, its own id.
  place TEXT PRIMARY KEY,
  read_seq INTEGER NOT NULL DEFAULT 0,
  archived_changed INTEGER NOT NULL DEFAULT 0,
  archived INTEGER NOT NULL DEFAULT 0,
  archived_through INTEGER NOT NULL DEFAULT 0,
  muted_changed INTEGER NOT NULL DEFAULT 0,
  muted_until INTEGER NOT NULL DEFAULT 0,
  pinned_changed INTEGER NOT NULL DEFAULT 0,
  pinned INTEGER NOT NULL DEFAULT 0,
  -- Encoded ConversationItem with nothing but members: of a conversation that is not known here yet.
  members BLOB,
  -- Of the server's item that this includes; 0: none.
  version INTEGER NOT NULL DEFAULT 0,
  -- Under which of the account's history keys that is sealed: 1 for the first.
  key_number INTEGER NOT NULL DEFAULT 0,
  -- Counts changes, so that one made while an item is on its way is not taken for sent.
  change INTEGER NOT NULL DEFAULT 0,
  -- When it is to be put to the server. NULL: the server has it.
  due_at_ms INTEGER
) STRICT, WITHOUT ROWID;
-- Items at the server that nothing here opens, by slot.
CREATE TABLE unopened_item (
  slot TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Up to which version items were read.
ALTER TABLE device ADD COLUMN items_version INTEGER NOT NULL DEFAULT 0;
INSERT INTO own_item (place, read_seq, due_at_ms)
  SELECT log_id, own_read, 0 FROM conversation
  WHERE own_read > 0 AND log_id IS NOT NULL AND state <> 'waiting';
`;
