import { type ErrorAction, type ErrorCode, errorActions, isErrorCode } from './errors.ts';

/** A declared error as code handles it: what the server answered, or what it is about to answer. */
export interface WireError {
  readonly code: ErrorCode;
  readonly limit?: number;
  readonly epoch?: bigint;
  readonly retryAfterMs?: number;
}

/** Longest wait that is believed: more would keep a client silent for weeks, and overflow its timers. */
const longestRetryMs = 3_600_000;

/** A server's error decoded; codes unknown to this version count as `unavailable`, so they are retried. */
export function decodeWireError(error: {
  code: string;
  limit: bigint;
  epoch: bigint;
  retryAfterMs: number;
}): WireError {
  if (!isErrorCode(error.code)) return { code: 'unavailable' };
  return {
    code: error.code,
    limit: Number(error.limit),
    epoch: error.epoch,
    retryAfterMs: Math.min(error.retryAfterMs, longestRetryMs),
  };
}

/** What the one who gets `error` should do. */
export function actionOf(error: WireError): ErrorAction {
  return errorActions[error.code];
}
