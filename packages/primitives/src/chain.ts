import type { Awaitable } from './cipherSuite.ts';

/**
 * `next(value)`, at once where `value` is plain and after it settles where it is a promise. It lets one
 * body of code serve synchronous and asynchronous libraries without a task switch for the synchronous.
 */
export function chain<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
