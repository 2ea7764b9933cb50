/** A plain array with the bytes of a Buffer, which may share its memory with others. */
export function asBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}

/** The same for a secret: the Buffer is overwritten. */
export function asSecretBytes(buffer: Buffer): Uint8Array {
  const bytes = new Uint8Array(buffer);
  buffer.fill(0);
  return bytes;
}
