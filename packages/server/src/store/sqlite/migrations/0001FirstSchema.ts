/**
 * Frozen: a migration that has been released is never changed, only followed by another.
 *
 * Every log (conversation or inbox) is a row of `log` and its entries; rows elsewhere refer to it by number.
 * Large values (group state) lie apart from the rows that change with every append.
 */
export const firstSchema = `
CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- the newest seq is that of the last entry or, where there is none, deleted_seq: entries up to it were deleted
CREATE TABLE log (
  number INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  id BLOB NOT NULL,
  deleted_seq INTEGER NOT NULL,
  UNIQUE (kind, id)
) STRICT;

-- In the order of arrival, so that writing goes to the end of the table. Without a foreign key, since looking up
-- the log for every entry costs a third of storing it.
CREATE TABLE entry (
  number INTEGER PRIMARY KEY,
  log INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX entry_by_log ON entry (log, seq);

CREATE TABLE account (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  username TEXT NOT NULL UNIQUE,
  registration_record TEXT NOT NULL,
  vault BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE chain_entry (
  account INTEGER NOT NULL REFERENCES account,
  seq INTEGER NOT NULL,
  body BLOB NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  account INTEGER NOT NULL REFERENCES account,
  inbox INTEGER NOT NULL REFERENCES log,
  signature_key BLOB NOT NULL,
  not_after_ms INTEGER NOT NULL,
  active INTEGER NOT NULL,
  last_resort BLOB
) STRICT;
CREATE INDEX device_by_account ON device (account);

-- bytes are null once claimed: the hash stays, so that a repeated upload does not bring the package back
CREATE TABLE key_package (
  number INTEGER PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES device,
  hash BLOB NOT NULL,
  bytes BLOB,
  UNIQUE (device, hash)
) STRICT;
CREATE INDEX key_package_unclaimed ON key_package (device, number) WHERE bytes IS NOT NULL;

CREATE TABLE invite (
  token_hash BLOB PRIMARY KEY,
  account INTEGER REFERENCES account,
  expires_at_ms INTEGER,
  used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invite_by_account ON invite (account);

CREATE TABLE conversation (
  log INTEGER PRIMARY KEY REFERENCES log,
  epoch INTEGER NOT NULL,
  direct_pair BLOB UNIQUE,
  sent_seq INTEGER NOT NULL
) STRICT;

CREATE TABLE group_info (
  conversation INTEGER PRIMARY KEY REFERENCES conversation,
  group_info BLOB NOT NULL,
  ratchet_tree BLOB NOT NULL
) STRICT;

-- a device reads the entries after joined_seq, through removed_seq where it was removed
CREATE TABLE member_device (
  conversation INTEGER NOT NULL REFERENCES conversation,
  device INTEGER NOT NULL REFERENCES device,
  account INTEGER NOT NULL REFERENCES account,
  joined_seq INTEGER NOT NULL,
  removed_seq INTEGER,
  PRIMARY KEY (conversation, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_device_by_account ON member_device (account, conversation);

CREATE TABLE cursor (
  device INTEGER NOT NULL REFERENCES device,
  log INTEGER NOT NULL REFERENCES log,
  seq INTEGER NOT NULL,
  PRIMARY KEY (device, log)
) STRICT, WITHOUT ROWID;

-- What each device last had accepted, so that a repeated append is answered and not stored again: records of
-- transaction id (16 bytes), seq (6) and time (6). Covers the entries up to conversation.sent_seq; those after it
-- speak for themselves.
CREATE TABLE sent (
  conversation INTEGER NOT NULL REFERENCES conversation,
  device INTEGER NOT NULL REFERENCES device,
  last_seq INTEGER NOT NULL,
  records BLOB NOT NULL,
  PRIMARY KEY (conversation, device, last_seq)
) STRICT, WITHOUT ROWID;
`;
