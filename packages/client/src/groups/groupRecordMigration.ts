/**
 * Groups in records (spec/client.md, "Storage"). Nothing was released with whole groups, so what is stored of them is
 * not converted: their devices rejoin, as where a group is damaged. An own commit made inside one is of no use then.
 */
export const groupRecordMigration = `
DELETE FROM pending_commit WHERE purpose NOT IN ('create', 'join', 'heal');
UPDATE conversation SET broken = 1 WHERE state = 'ready';
DROP TABLE group_tree;
DROP TABLE group_state;

CREATE TABLE group_state (
  conversation INTEGER PRIMARY KEY REFERENCES conversation (key) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  suite INTEGER NOT NULL
) STRICT;
-- Sections: core 0, tree 1, secrets 2, proposals 3. A step writes the records that it changed. With rowids, because
-- SQLite gives a record of a kilobyte and more a page of its own where there are none.
CREATE TABLE group_record (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  section INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  value BLOB NOT NULL,
  UNIQUE (conversation, section, idx)
) STRICT;
`;
