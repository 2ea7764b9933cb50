/**
 * How the tabs of one origin find each other. One worker leads: it holds the lock `sotto-engine` and runs the
 * engine. A page holds a lock of its own for as long as it lives, which is how the leader learns that it is gone.
 * (Chromium neither freezes nor keeps in its back-forward cache a page with a lock held or asked for, so a leader in
 * a background tab goes on.)
 */
export const engineLock = 'sotto-engine';
export const pageLock = (pageId: string): string => `sotto-page-${pageId}`;

/** Everyone: who leads. */
export const presenceChannel = 'sotto-presence';
/** Heard by one leader alone, and by one page alone. */
export const leaderChannel = (leaderId: string): string => `sotto-leader-${leaderId}`;
export const pageChannel = (pageId: string): string => `sotto-page-${pageId}`;
