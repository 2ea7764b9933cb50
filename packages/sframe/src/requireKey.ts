import { limits } from './limits.ts';

/** A RangeError for a KID, or a base key, of a wrong size: the caller's mistake. */
export function requireKey(kid: bigint, { length }: Uint8Array): void {
  if (kid < 0n || kid > limits.maxInteger) throw new RangeError('A KID has at most 8 bytes');
  if (length < limits.minBaseKeyBytes || length > limits.maxBaseKeyBytes) {
    throw new RangeError(`A base key has ${limits.minBaseKeyBytes} to ${limits.maxBaseKeyBytes} bytes`);
  }
}
