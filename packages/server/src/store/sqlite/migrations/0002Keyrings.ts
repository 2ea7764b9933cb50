/** Frozen. Each account has a keyring: a log of kind 3 under the account's id. */
export const keyrings = `
INSERT INTO log (kind, id, deleted_seq) SELECT 3, id, 0 FROM account;
`;
