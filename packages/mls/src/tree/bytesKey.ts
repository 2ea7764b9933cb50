/** Key of a short byte string (2 kB at most, as an argument list has its limits) in a Map or Set. */
export function bytesKey(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
