import { refused } from '../outcome.ts';

/** The refusal of the first of `parts` that is larger than its limit (bytes), or null. */
export function refuseTooLarge(
  ...parts: readonly (readonly [size: { length: number }, limitBytes: number])[]
) {
  for (const [{ length }, limit] of parts) if (length > limit) return refused('too_large', { limit });
  return null;
}

/** The refusal of a list longer than `limit`, or null. */
export function refuseTooMany({ length }: { length: number }, limit: number) {
  return length > limit ? refused('too_many', { limit }) : null;
}
