/**
 * Frozen. Accounts are members of conversations apart from their devices; what goes with every Welcome of a commit is
 * kept once; invites to groups.
 */
export const groups = `
-- an account reads the entries from first_seq, through removed_seq where it was removed
CREATE TABLE member_account (
  conversation INTEGER NOT NULL REFERENCES conversation,
  account INTEGER NOT NULL REFERENCES account,
  first_seq INTEGER NOT NULL,
  removed_seq INTEGER,
  PRIMARY KEY (conversation, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_account_by_account ON member_account (account, conversation);
INSERT INTO member_account (conversation, account, first_seq)
  SELECT DISTINCT conversation.log, account.number, 1 FROM conversation
  JOIN account ON account.id IN (substr(direct_pair, 1, 16), substr(direct_pair, 17, 16))
  WHERE direct_pair IS NOT NULL;

-- member accounts now
ALTER TABLE conversation ADD COLUMN accounts INTEGER NOT NULL DEFAULT 0;
UPDATE conversation SET accounts = (SELECT count(*) FROM member_account WHERE conversation = conversation.log);

CREATE TABLE welcome_share (
  number INTEGER PRIMARY KEY,
  ratchet_tree BLOB NOT NULL,
  note BLOB NOT NULL,
  welcome_end BLOB NOT NULL,
  inboxes INTEGER NOT NULL
) STRICT;
-- inbox entries whose bytes lack what is in the share
CREATE TABLE welcome_entry (
  log INTEGER NOT NULL REFERENCES log,
  seq INTEGER NOT NULL,
  share INTEGER NOT NULL REFERENCES welcome_share,
  PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE invite_preview (
  id BLOB PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversation,
  sealed BLOB NOT NULL,
  expires_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX invite_preview_by_conversation ON invite_preview (conversation);

CREATE TABLE join_request (
  conversation INTEGER NOT NULL REFERENCES conversation,
  account INTEGER NOT NULL REFERENCES account,
  invite BLOB NOT NULL,
  sealed BLOB NOT NULL,
  requested_at_ms INTEGER NOT NULL,
  PRIMARY KEY (conversation, account)
) STRICT, WITHOUT ROWID;
`;
