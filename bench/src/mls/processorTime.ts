/**
 * Milliseconds that this process has had a processor (Node), those of the collector's threads included: for works so long
 * that on a busy machine none of them goes undisturbed.
 */
export function processorTimeMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
