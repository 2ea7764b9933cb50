/** One beat for everything on the page that counts down; none while nothing does, or nobody can see it. */
const beatMs = 1000;

const listeners = new Set<() => void>();
let beat: ReturnType<typeof setInterval> | undefined;

/** Calls `act` now and every second from then on while the page is visible; what it gives stops that. */
export function everySecond(act: () => void): () => void {
  act();
  if (listeners.size === 0) document.addEventListener('visibilitychange', follow);
  listeners.add(act);
  follow();
  return () => {
    listeners.delete(act);
    if (listeners.size === 0) document.removeEventListener('visibilitychange', follow);
    follow();
  };
}

function follow(): void {
  const isWanted = listeners.size > 0 && document.visibilityState === 'visible';
  if (isWanted === (beat !== undefined)) return;
  clearInterval(beat);
  beat = undefined;
  if (!isWanted) return;
  tell();
  beat = setInterval(tell, beatMs);
}

function tell(): void {
  for (const act of [...listeners]) act();
}
