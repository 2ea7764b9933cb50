/** Web Crypto fills at most this many bytes a call. */
const maxBytesPerCall = 65_536;

/** `lengthBytes` bytes from the platform's cryptographic random number generator. */
export function randomBytes(lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  for (let offset = 0; offset < lengthBytes; offset += maxBytesPerCall) {
    crypto.getRandomValues(bytes.subarray(offset, offset + maxBytesPerCall));
  }
  return bytes;
}
