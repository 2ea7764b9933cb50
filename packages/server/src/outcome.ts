import type { ErrorCode, WireError } from '@sotto/protocol';

/** A declared error, narrowed to the codes that may occur here. */
export type Refusal<Code extends ErrorCode = ErrorCode> = WireError & { readonly code: Code };

/** What an operation came to: a value, or an error that the wire declares. */
export type Outcome<Value, Code extends ErrorCode = ErrorCode> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'refused'; readonly error: Refusal<Code> };

export function done<Value>(value: Value): { readonly kind: 'done'; readonly value: Value } {
  return { kind: 'done', value };
}

export function refused<Code extends ErrorCode>(
  code: Code,
  details: Omit<WireError, 'code'> = {},
): { readonly kind: 'refused'; readonly error: Refusal<Code> } {
  return { kind: 'refused', error: { ...details, code } };
}
