/** What a timer can be set to: off, usual times, and any other of its range. */
import { limits } from '../sotto.ts';
import { type TimeUnit, timeUnits, unitSeconds } from './durationWords.ts';

export const usualTimers: readonly number[] = [
  5,
  10,
  30,
  60,
  5 * 60,
  10 * 60,
  30 * 60,
  3600,
  6 * 3600,
  12 * 3600,
  24 * 3600,
];

export type CustomTimer =
  | { readonly kind: 'seconds'; readonly seconds: number }
  | { readonly kind: 'notNumber' | 'tooShort' | 'tooLong' };

/** What was typed as a number of `unit`. */
export function customTimer(typed: string, unit: TimeUnit): CustomTimer {
  const text = typed.trim();
  if (!/^\d{1,12}$/.test(text)) return { kind: 'notNumber' };
  const seconds = Number(text) * unitSeconds[unit];
  if (seconds < limits.timerSeconds.min) return { kind: 'tooShort' };
  if (seconds > limits.timerSeconds.max) return { kind: 'tooLong' };
  return { kind: 'seconds', seconds };
}

/** A time as it is typed: in the largest unit of which it is a whole number. */
export function asCustom(seconds: number): { readonly typed: string; readonly unit: TimeUnit } {
  const unit = timeUnits.find((one) => seconds % unitSeconds[one] === 0) ?? 'second';
  return { typed: String(seconds / unitSeconds[unit]), unit };
}
