/**
 * Overwrites secrets with zeros. It reaches these arrays only: copies that the engine's garbage collector
 * or a library made on the way are out of its reach (see spec/primitives.md).
 */
export function wipe(...secrets: readonly (Uint8Array | null | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}
