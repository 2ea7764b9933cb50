/** The day that a thread is to be opened at is found by this (findMessages.ts). */
export const dateMigration = `
CREATE INDEX message_by_time ON message (conversation, sent_at_ms) WHERE body_kind IN ('text', 'deleted');
`;
