/** Hexadecimal and checks for tests that also run in a browser, where Vitest's `expect` is not. */

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`check failed: ${what}`);
}

export function checkHex(actual: Uint8Array | null, expected: string, what: string): void {
  check(actual !== null && toHex(actual) === expected, what);
}

/** The value, or an error that says why it was refused. */
export function accepted<T extends { readonly kind: string }>(value: T): Exclude<T, { kind: 'refused' }> {
  if (value.kind === 'refused') throw new Error(`refused: ${String((value as { reason?: string }).reason)}`);
  return value as Exclude<T, { kind: 'refused' }>;
}
