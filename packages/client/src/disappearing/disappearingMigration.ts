/**
 * Of a message: `timer_seconds`, 0 where it stays; `expires_at_ms`, by the server's time, null until its clock starts.
 */
export const disappearingMigration = `
ALTER TABLE conversation ADD COLUMN timer_seconds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN timer_seconds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN expires_at_ms INTEGER;
CREATE INDEX message_by_deadline ON message (expires_at_ms, timer_seconds) WHERE expires_at_ms IS NOT NULL;
CREATE INDEX message_not_started ON message (conversation, ord) WHERE timer_seconds > 0 AND expires_at_ms IS NULL;
ALTER TABLE outbox ADD COLUMN is_passing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blob_release ADD COLUMN for_account INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN displayed TEXT;
ALTER TABLE own_item ADD COLUMN timer_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN timer_seconds INTEGER NOT NULL DEFAULT 0;
-- What this account asked a timer to be, until it is so; problem: why it will not be.
CREATE TABLE timer_wish (
  conversation INTEGER PRIMARY KEY REFERENCES conversation (key) ON DELETE CASCADE,
  seconds INTEGER NOT NULL,
  problem TEXT
) STRICT;
-- One row: the server's time as it was known last, what the server said of it, and the device's clock then.
CREATE TABLE server_time (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  server_ms REAL NOT NULL,
  said_ms REAL NOT NULL,
  device_ms REAL NOT NULL
) STRICT;
`;
