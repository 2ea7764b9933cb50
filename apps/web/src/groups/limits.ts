/** What a group holds at most (spec/groups.md). */
export const groupLimits = {
  members: 1000,
  invites: 8,
  nameLength: 100,
  descriptionLength: 1000,
  photoSizeBytes: 24 * 1024,
} as const;
