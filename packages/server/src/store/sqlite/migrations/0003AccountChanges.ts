/** Frozen. What proves a recovery code, what devices are called and when they were last here, and what waits for them. */
export const accountChanges = `
-- Ed25519; null for accounts made before there was one
ALTER TABLE account ADD COLUMN recovery_key BLOB;
ALTER TABLE device ADD COLUMN label BLOB;
ALTER TABLE device ADD COLUMN last_seen_ms INTEGER NOT NULL DEFAULT 0;

-- renewed secrets, sealed for one device, until it has taken them
CREATE TABLE delivery (
  device INTEGER NOT NULL REFERENCES device,
  chain_seq INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (device, chain_seq)
) STRICT, WITHOUT ROWID;
`;
