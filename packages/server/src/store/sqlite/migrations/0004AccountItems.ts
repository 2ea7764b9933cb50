/** Frozen. What an account keeps for its devices: the newest sealed value of each slot, and which change it was. */
export const accountItems = `
CREATE TABLE account_item (
  account INTEGER NOT NULL REFERENCES account,
  slot BLOB NOT NULL,
  version INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (account, slot)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_item_by_version ON account_item (account, version);
`;
