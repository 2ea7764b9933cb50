/** Throws a RangeError where `bytes` is not `sizeBytes` long: a mistake of the caller, never of a peer. */
export function requireSize(what: string, bytes: Uint8Array, sizeBytes: number): void {
  if (bytes.length !== sizeBytes) throw new RangeError(`${what} must be ${sizeBytes} bytes`);
}
