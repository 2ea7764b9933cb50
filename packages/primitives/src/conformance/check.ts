import { equalBytes } from '../equalBytes.ts';
import type { Provider } from '../provider.ts';

/**
 * One thing that every provider must do. `run` throws where it does not. Checks need no test framework, so that
 * the same ones run in Vitest and inside a browser.
 */
export interface Check {
  readonly name: string;
  run(provider: Provider): Promise<void>;
}

export function bytes(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex);
}

export function text(ascii: string): Uint8Array {
  return new TextEncoder().encode(ascii);
}

export function requireEqual(actual: Uint8Array | null, expected: Uint8Array | string, what: string): void {
  const wanted = typeof expected === 'string' ? bytes(expected) : expected;
  if (actual === null) throw new Error(`${what}: refused, expected ${wanted.toHex()}`);
  if (!equalBytes(actual, wanted)) throw new Error(`${what}: ${actual.toHex()}, expected ${wanted.toHex()}`);
}

export function requireTrue(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** `action` must throw a RangeError, at once or as a rejection. */
export async function requireRangeError(action: () => unknown, what: string): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof RangeError) return;
    throw new Error(`${what}: threw something else than a RangeError`, { cause: error });
  }
  throw new Error(`${what}: did not throw`);
}
