/**
 * When messages leave the screen (spec/disappearing.md, "Time"): by the page itself, however late the engine is. Invariant:
 * one timer runs for the whole page, for the earliest deadline; it is looked at again whenever the page comes back.
 */

/** What is due within this goes at once: many that follow closely are one change of the page, and none stays too long. */
const togetherMs = 100;
/** Timers do not count while a computer sleeps, and cannot run longer than this by far. */
const longestWaitMs = 60_000;

const waiting = new Map<() => void, number>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** By this device's clock. */
export function isOver(expiresAtMs: number | null | undefined, nowMs = Date.now()): boolean {
  return expiresAtMs != null && expiresAtMs <= nowMs + togetherMs;
}

/** Calls `act` once `atMs` is over; what it gives stops that. */
export function atDeadline(atMs: number, act: () => void): () => void {
  if (waiting.size === 0) follow(true);
  waiting.set(act, atMs);
  plan();
  return () => {
    if (!waiting.delete(act)) return;
    plan();
    if (waiting.size === 0) follow(false);
  };
}

function look(): void {
  const nowMs = Date.now();
  for (const [act, atMs] of [...waiting]) {
    if (!isOver(atMs, nowMs)) continue;
    waiting.delete(act);
    act();
  }
  plan();
  if (waiting.size === 0) follow(false);
}

function plan(): void {
  clearTimeout(timer);
  let nextMs = Number.POSITIVE_INFINITY;
  for (const atMs of waiting.values()) nextMs = Math.min(nextMs, atMs);
  if (nextMs === Number.POSITIVE_INFINITY) return;
  const waitMs = nextMs - togetherMs - Date.now();
  timer = setTimeout(look, Math.max(0, Math.min(waitMs, longestWaitMs)));
}

function follow(on: boolean): void {
  const change = on ? 'addEventListener' : 'removeEventListener';
  document[change]('visibilitychange', look);
  window[change]('pageshow', look);
  window[change]('focus', look);
}
