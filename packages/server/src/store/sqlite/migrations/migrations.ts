import { firstSchema } from './0001FirstSchema.ts';

/** In order; `user_version` of a database is the number of those that it has seen. Append-only. */
export const migrations: readonly string[] = [firstSchema];
