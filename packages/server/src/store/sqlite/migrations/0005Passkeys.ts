/** Frozen. Passkeys; and which account took the place of which. */
export const passkeys = `
CREATE TABLE passkey (
  account INTEGER NOT NULL REFERENCES account,
  id BLOB NOT NULL,
  public_key BLOB NOT NULL,
  label BLOB NOT NULL,
  added_seq INTEGER NOT NULL,
  last_used_ms INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

-- of an account that was reset: who has its name now, and what the name was (username is then no possible name)
ALTER TABLE account ADD COLUMN successor INTEGER REFERENCES account;
ALTER TABLE account ADD COLUMN former_username TEXT;
CREATE INDEX account_by_successor ON account (successor) WHERE successor IS NOT NULL;

-- the operator's permissions to reset an account, one at a time for each
CREATE TABLE reset_token (
  account INTEGER PRIMARY KEY REFERENCES account,
  token_hash BLOB NOT NULL UNIQUE,
  expires_at_ms INTEGER NOT NULL
) STRICT;
`;
