import { type MlsRefusal, type MlsRule, rules } from './rules.ts';

/**
 * Refusals: what an operation returns where it did not do what it was asked to. None comes with a changed state.
 */
export interface Refused {
  readonly kind: 'refused';
  readonly reason: MlsRefusal;
  /** The rule of spec/mls.md that did not hold. */
  readonly rule: MlsRule;
}

/**
 * Carries a refusal from deep inside an operation to its entry point, which returns it as a value. It does
 * not leave the package.
 */
class RefusalError extends Error {
  readonly rule: MlsRule;

  constructor(rule: MlsRule) {
    super(rule);
    this.name = 'RefusalError';
    this.rule = rule;
  }
}

/** Thrown by decoders on bytes that are not an encoding of the structure. */
export class DecodeError extends Error {
  readonly rule: MlsRule;

  constructor(rule: MlsRule) {
    super(`${rule} (${rules[rule]})`);
    this.name = 'DecodeError';
    this.rule = rule;
  }
}

/** Ends the current operation with a refusal for the broken rule. */
export function refuse(rule: MlsRule): never {
  throw new RefusalError(rule);
}

/** Ends the current operation with a refusal unless `condition` holds. */
export function ensure(condition: boolean, rule: MlsRule): asserts condition {
  if (!condition) throw new RefusalError(rule);
}

/** Turns what an operation threw into a refusal; anything that is neither of ours is a defect and is rethrown. */
export function asRefusal(error: unknown): Refused {
  if (error instanceof RefusalError || error instanceof DecodeError) {
    return { kind: 'refused', reason: rules[error.rule], rule: error.rule };
  }
  throw error;
}

/** Runs an operation, returning refusals as values. */
export async function settle<T>(operation: () => Promise<T>): Promise<T | Refused> {
  try {
    return await operation();
  } catch (error) {
    return asRefusal(error);
  }
}
