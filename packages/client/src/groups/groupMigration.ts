/** What a device knows of the conversations that are groups, beside their keys (spec/client.md, "Groups of people"). */
export const groupMigration = `
-- direct, group. Of a group peer_id is empty.
ALTER TABLE conversation ADD COLUMN kind TEXT NOT NULL DEFAULT 'direct';
-- The first entry of the log that this account may read.
ALTER TABLE conversation ADD COLUMN first_seq INTEGER NOT NULL DEFAULT 1;
-- Deleted by the user, and shown again once there is something to show.
ALTER TABLE conversation ADD COLUMN is_hidden INTEGER NOT NULL DEFAULT 0;

ALTER TABLE own_item ADD COLUMN title_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE own_item ADD COLUMN forgotten_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN forgotten_through INTEGER NOT NULL DEFAULT 0;

-- Accounts of a group: those it has (is_member) and those it had.
CREATE TABLE group_member (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  is_member INTEGER NOT NULL,
  PRIMARY KEY (conversation, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_member_by_account ON group_member (account_id);

-- The policy of a group as it is now, but for its members; and its details, where they are known.
CREATE TABLE group_info (
  conversation INTEGER PRIMARY KEY REFERENCES conversation (key) ON DELETE CASCADE,
  rules TEXT NOT NULL,
  details BLOB,
  -- Of the commit whose note said them.
  details_seq INTEGER NOT NULL DEFAULT 0,
  -- left, removed
  ended TEXT,
  -- Nothing of it is to stay here.
  is_unwanted INTEGER NOT NULL DEFAULT 0,
  -- A commit was refused since this device entered the group: groups/refusedCommit.ts.
  refuses INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What this account asked of a group and is not done: made into a commit when its turn comes. failed: why not.
CREATE TABLE group_change (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  change_id TEXT NOT NULL UNIQUE,
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  change TEXT NOT NULL,
  failed TEXT,
  -- The newest of what waited to be sent when it was asked for: that goes before.
  after_outbox INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX group_change_by_conversation ON group_change (conversation, position);
-- The note that goes with the commit, and the wish that it fulfils.
ALTER TABLE pending_commit ADD COLUMN note BLOB;
ALTER TABLE pending_commit ADD COLUMN change_id TEXT;

-- By it members read what those who hold a group's link send. link: where this device made it.
CREATE TABLE group_invite (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  invite_id TEXT NOT NULL,
  member_key BLOB NOT NULL,
  link TEXT,
  -- What its preview at the server says, as this device put it.
  preview TEXT,
  PRIMARY KEY (conversation, invite_id)
) STRICT, WITHOUT ROWID;

-- Links that are over, and whose previews are to go from the server.
CREATE TABLE group_dropped_invite (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  invite_id TEXT NOT NULL,
  PRIMARY KEY (conversation, invite_id)
) STRICT, WITHOUT ROWID;

-- Who asks to join by a link, with the proof that it holds it.
CREATE TABLE group_request (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  invite_id TEXT NOT NULL,
  proof BLOB NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (conversation, account_id)
) STRICT, WITHOUT ROWID;
-- Requests that this device answered and has not told the server of.
CREATE TABLE group_answer (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  accepted INTEGER NOT NULL,
  PRIMARY KEY (conversation, account_id)
) STRICT, WITHOUT ROWID;
-- What this account asked of groups that it is not in.
CREATE TABLE sent_join_request (
  log_id TEXT PRIMARY KEY,
  invite_id TEXT NOT NULL,
  refused INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Accounts that this device added in the commit that began the epoch, and that are to be given what was said before.
CREATE TABLE group_share (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  PRIMARY KEY (conversation, account_id)
) STRICT, WITHOUT ROWID;

-- Logs of which nothing is kept here up to an entry: the user deleted the conversation.
CREATE TABLE forgotten_log (
  log_id TEXT PRIMARY KEY,
  through_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Of a deposit that holds the keys of several epochs: the first.
ALTER TABLE deposit ADD COLUMN first_epoch INTEGER;
CREATE INDEX deposit_of_several ON deposit (log_id, first_epoch) WHERE first_epoch IS NOT NULL;

-- Who could do what in an epoch of a group, from the own group or a deposit.
ALTER TABLE epoch_key ADD COLUMN roles TEXT;
`;
