/** What an account is writing, and chose about reading (spec/history.md, "Account items"). */
export const draftMigration = `
ALTER TABLE own_item ADD COLUMN draft_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN draft_text TEXT NOT NULL DEFAULT '';
-- Account and id of the message that it answers, as one text; or empty.
ALTER TABLE own_item ADD COLUMN draft_reply TEXT NOT NULL DEFAULT '';
ALTER TABLE own_item ADD COLUMN receipts_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN receipts_off INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN unread_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_item ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
-- The same on this device, also of a draft that is too long for an item.
ALTER TABLE conversation ADD COLUMN draft_reply TEXT NOT NULL DEFAULT '';
`;
