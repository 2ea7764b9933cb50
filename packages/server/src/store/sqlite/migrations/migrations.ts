import { firstSchema } from './0001FirstSchema.ts';
import { keyrings } from './0002Keyrings.ts';
import { accountChanges } from './0003AccountChanges.ts';
import { accountItems } from './0004AccountItems.ts';
import { passkeys } from './0005Passkeys.ts';
import { groups } from './0006Groups.ts';
import { blobs } from './0007Blobs.ts';
import { publishedBlobs } from './0008PublishedBlobs.ts';
import { passingEntries } from './0009PassingEntries.ts';
import { pushTargets } from './0010PushTargets.ts';

/** In order; `user_version` of a database is the number of those that it has seen. Append-only. */
export const migrations: readonly string[] = [
  firstSchema,
  keyrings,
  accountChanges,
  accountItems,
  passkeys,
  groups,
  blobs,
  publishedBlobs,
  passingEntries,
  pushTargets,
];
