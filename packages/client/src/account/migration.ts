/** The account's history keys on its devices, and how far removed devices were taken out of each conversation. */
export const accountMigration = `
-- Private; the highest position is the one that the chain names.
CREATE TABLE history_key (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  private_key BLOB NOT NULL UNIQUE
) STRICT;
-- Chain entry up to which renewed secrets were taken from the server.
ALTER TABLE device ADD COLUMN taken_seq INTEGER NOT NULL DEFAULT 0;
-- Own chain entry up to which removed devices are out of the group.
ALTER TABLE conversation ADD COLUMN checked_seq INTEGER NOT NULL DEFAULT 0;
`;
