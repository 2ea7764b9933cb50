/** What a receiver says that it can take (draft-alvestrand-rmcat-remb-03 §2.2). */
export function encodeRemb(sender: number, bitsPerSecond: number, ssrcs: readonly number[]): Buffer {
  const bytes = Buffer.alloc(20 + 4 * ssrcs.length);
  // An application's message (15) among feedback on payloads (206).
  bytes.set([0x8f, 206]);
  bytes.writeUInt16BE(bytes.length / 4 - 1, 2);
  bytes.writeUInt32BE(sender, 4);
  bytes.write('REMB', 12, 'latin1');
  bytes[16] = ssrcs.length;
  let exponent = 0;
  let mantissa = bitsPerSecond;
  while (mantissa > 0x3ffff) {
    mantissa /= 2;
    exponent += 1;
  }
  mantissa = Math.floor(mantissa);
  bytes[17] = (exponent << 2) | (mantissa >> 16);
  bytes.writeUInt16BE(mantissa & 0xffff, 18);
  for (const [i, ssrc] of ssrcs.entries()) bytes.writeUInt32BE(ssrc, 20 + 4 * i);
  return bytes;
}
