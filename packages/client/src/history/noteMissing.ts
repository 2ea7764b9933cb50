/** Why the entry of a commit is kept: what it did to a group could not be read. It shows no line. */
export const noteMissing = 'note_missing';
