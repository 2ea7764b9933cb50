/**
 * The bytes of a passing entry (spec/log.md, "Passing entries"): those that stay, and behind them the message for as long
 * as the server has it. Protobuf reads both together as one Entry.
 */

/** Of Entry: `passing_message`, and the kinds of entries, of which the last one counts. */
const messageTag = 0x6a;
const passingTag = 0x62;
const kindTags: ReadonlySet<number> = new Set([0x3a, 0x42, 0x4a, 0x5a, passingTag]);
const wireTypes = { varint: 0, bytes: 2 } as const;

/** An encoded Entry with `message` (an encoded MessageEntry) as its last field. */
export function withPassingMessage(entry: Uint8Array, message: Uint8Array): Uint8Array {
  const size: number[] = [];
  for (let rest = message.length; ; rest >>>= 7) {
    size.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  const bytes = new Uint8Array(entry.length + 1 + size.length + message.length);
  bytes.set(entry);
  bytes[entry.length] = messageTag;
  bytes.set(size, entry.length + 1);
  bytes.set(message, entry.length + 1 + size.length);
  return bytes;
}

/**
 * The bytes of an entry that stay, which are what its hash is of: all of them, but for a `passing_message` at the end of a
 * passing entry. Put behind another, it would make that none for one reader, and for others not: so it counts there.
 * Shares memory with `bytes`. Whatever is no entry stays as it is.
 */
export function lastingBytes(bytes: Uint8Array): Uint8Array {
  let at = 0;
  let kind = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length && scale < 2 ** 49; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const start = at;
    const tag = varint();
    const wireType = tag % 8;
    if (wireType !== wireTypes.varint && wireType !== wireTypes.bytes) return bytes;
    const value = varint();
    if (Number.isNaN(value)) return bytes;
    if (wireType === wireTypes.varint) continue;
    at += value;
    if (kindTags.has(tag)) kind = tag;
    if (tag !== messageTag) continue;
    return at === bytes.length && kind === passingTag ? bytes.subarray(0, start) : bytes;
  }
  return bytes;
}
