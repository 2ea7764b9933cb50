/** What the account wants of history (spec/history.md, "History off"), and what of it conversations' policies have. */
export const policyMigration = `
ALTER TABLE own_item ADD COLUMN history_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN history_off INTEGER NOT NULL DEFAULT 0;
CREATE TABLE history_applied (
  conversation INTEGER PRIMARY KEY REFERENCES conversation (key) ON DELETE CASCADE,
  -- When the choice that the policy has by now was made; 1: it has none, and is to be given the next
  applied_ms INTEGER NOT NULL
) STRICT;
`;
