/** Where devices that are not connected are woken. */
export const pushTargets = `
CREATE TABLE push_target (
  device INTEGER PRIMARY KEY REFERENCES device,
  endpoint TEXT NOT NULL
) STRICT;
`;
