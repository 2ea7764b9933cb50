import { limits } from './limits.ts';

/**
 * A username in the form that is stored and compared: lower case, trimmed, without a leading `@`. Null where it
 * is malformed: 3 to 32 letters a–z, digits, `.`, `_` or `-`, beginning with a letter and ending with a letter
 * or digit, no two marks in a row.
 */
export function normalizeUsername(text: string): string | null {
  const name = text.trim().replace(/^@/, '').toLowerCase();
  const { min, max } = limits.usernameLength;
  if (name.length < min || name.length > max) return null;
  return /^[a-z](?:[._-]?[a-z0-9])*$/.test(name) ? name : null;
}
