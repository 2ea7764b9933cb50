/** Tags of Entry: field numbers with their wire types. */
const varintTags: ReadonlySet<number> = new Set([0x08, 0x10, 0x30]);
const commitTag = 0x42;

/**
 * Whether an encoded Entry is a commit, by its first fields alone: decoding it all would cost more than reading it.
 * What this server has not encoded itself is none.
 */
export function isCommitEntry(bytes: Uint8Array): boolean {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    // seq, accepted_at_ms, transaction_id, sender_account, sender_device, epoch; then what it is.
    if (tag > 0x30) return tag === commitTag;
    const value = varint();
    if (!varintTags.has(tag)) at += value;
  }
  return false;
}
