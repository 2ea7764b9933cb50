import { plural } from '../wordForms.ts';

/** The units in which a time is said and set, the longest first. */
export const timeUnits = ['week', 'day', 'hour', 'minute', 'second'] as const;
export type TimeUnit = (typeof timeUnits)[number];

export const unitSeconds: Record<TimeUnit, number> = {
  week: 7 * 24 * 3600,
  day: 24 * 3600,
  hour: 3600,
  minute: 60,
  second: 1,
};

const names: Record<TimeUnit, readonly [one: string, many: string, short: string]> = {
  week: ['week', 'weeks', 'wk'],
  day: ['day', 'days', 'd'],
  hour: ['hour', 'hours', 'h'],
  minute: ['minute', 'minutes', 'min'],
  second: ['second', 'seconds', 's'],
};

/** A time in words, in the units that say it exactly: `90` is "1 minute 30 seconds", `86400` is "24 hours". */
export function durationWords(seconds: number): string {
  const parts = partsOf(seconds).map(([count, unit]) => plural(count, names[unit][0], names[unit][1]));
  return parts.join(' ');
}

/** The same where there is little room, in its two largest units: `90` is "1 min 30 s". */
export function shortDuration(seconds: number): string {
  const parts = partsOf(seconds).map(([count, unit]) => `${count} ${names[unit][2]}`);
  return parts.slice(0, 2).join(' ');
}

function partsOf(seconds: number): readonly (readonly [count: number, unit: TimeUnit])[] {
  // A day is what people set as 24 hours.
  if (seconds === 24 * 3600) return [[24, 'hour']];
  let rest = seconds;
  return timeUnits.flatMap((unit) => {
    const count = Math.floor(rest / unitSeconds[unit]);
    rest -= count * unitSeconds[unit];
    return count > 0 ? [[count, unit] as const] : [];
  });
}
