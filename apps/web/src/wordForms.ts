/** What sentences of several areas are made with: numbers and their nouns. */

export const numberFormat = new Intl.NumberFormat('en');

export function plural(count: number, one: string, many: string): string {
  return `${numberFormat.format(count)} ${count === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`, `a, b and 3 others`. */
export function listed(names: readonly string[], shownLimit = 3): string {
  const isCut = names.length > shownLimit;
  const shown = isCut ? names.slice(0, shownLimit - 1) : names;
  const rest = names.length - shown.length;
  const parts = isCut ? [...shown, plural(rest, 'other', 'others')] : [...shown];
  const last = parts.pop();
  return parts.length === 0 ? (last ?? '') : `${parts.join(', ')} and ${last}`;
}
