/** Byte strings that end alike, as the Welcomes of one commit do: the end once, and what is before it of each. */
export interface SharedEnd {
  readonly heads: readonly Uint8Array[];
  readonly end: Uint8Array;
}

/** Views of `parts`. Of a single one, and of none, there is nothing to share: then `end` is empty. */
export function splitSharedEnd(parts: readonly Uint8Array[]): SharedEnd {
  const [first, ...others] = parts;
  let length = others.length === 0 ? 0 : first!.length;
  for (const other of others) {
    length = Math.min(length, other.length);
    let same = 0;
    while (same < length && first!.at(-1 - same) === other.at(-1 - same)) same++;
    length = same;
  }
  const heads = parts.map((part) => part.subarray(0, part.length - length));
  return { heads, end: first === undefined ? new Uint8Array(0) : first.subarray(first.length - length) };
}
