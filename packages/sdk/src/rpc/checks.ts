/** What a command's argument may be (commands.ts). */

/** A check of one value. */
export type Check = (value: unknown) => boolean;

const credentialIdLimit = 1023;
export const isId: Check = (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
export const isText: Check = (value) => typeof value === 'string';
export const isFlag: Check = (value) => typeof value === 'boolean';
export const isBytes: Check = (value) => value instanceof Uint8Array && value.length <= credentialIdLimit;
export const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
/** An object of exactly these members. */
export const isRecord =
  (members: Record<string, Check>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).every((name) => Object.hasOwn(members, name)) &&
    Object.entries(members).every(([name, check]) => check((value as Record<string, unknown>)[name]));

export const isListOf =
  (check: Check, limit: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= limit && value.every(check);
export const isBytesUpTo =
  (limit: number): Check =>
  (value) =>
    value instanceof Uint8Array && value.length <= limit;
export const isOneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
export const isNullOr =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
