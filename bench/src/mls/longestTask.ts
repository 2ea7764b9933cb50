/** How long the event loop of this thread stands still while something runs. */

const tickMs = 1;

/** Milliseconds: the longest time without a tick, the least of several runs, as other processes stop the thread too. */
export async function longestTaskMs(runs: number, work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) least = Math.min(least, await longestOf(work));
  return least;
}

async function longestOf(work: () => unknown): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(tick, tickMs);
  await new Promise((resolve) => setTimeout(resolve, 20));
  longest = 0;
  last = performance.now();
  await work();
  tick();
  clearInterval(timer);
  return longest;
}
