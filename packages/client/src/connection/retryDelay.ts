/** Delay, in whole milliseconds, before try number `attempt` (0, 1, …), exponential with full jitter in its upper half. */
export function retryDelayMs(attempt: number, randomByte: number): number {
  const ceilingMs = Math.min(500 * 2 ** Math.min(attempt, 10), 60_000);
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * (randomByte / 255));
}
