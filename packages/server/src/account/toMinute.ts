/** Devices are told when something was last used, and nobody needs to know it more exactly. */
export function toMinute(ms: number): number {
  return Math.floor(ms / 60_000) * 60_000;
}
