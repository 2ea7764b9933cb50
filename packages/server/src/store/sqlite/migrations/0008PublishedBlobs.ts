/** Frozen. Blobs that their uploader published: anybody may open them, and they need no message to be kept. */
export const publishedBlobs = `
ALTER TABLE blob ADD COLUMN published INTEGER NOT NULL DEFAULT 0;
`;
