import type { Shared } from './shared.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** For all targets together. */
  readonly seconds: number;
  /** Only targets whose names contain this. */
  readonly only: string;
  /** Try this input alone. */
  readonly replay: Uint8Array | null;
}

/** What the worker is started with. */
export interface WorkerOptions extends FuzzOptions {
  readonly shared: Shared;
}

export type WorkerReport =
  | { readonly kind: 'started'; readonly name: string }
  | { readonly kind: 'passed'; readonly name: string; readonly inputs: number }
  | { readonly kind: 'failed'; readonly name: string; readonly input: Uint8Array; readonly error: string }
  | { readonly kind: 'done' };
