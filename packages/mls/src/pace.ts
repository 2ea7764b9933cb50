/**
 * Long work gives others their turn. Loops over members count what they do; after so many key operations (a
 * fraction of a millisecond each) they let the event loop run, so that no thread is held for more than some
 * hundredths of a second. Work on small groups never waits. Counted, not timed: the engine reads no clock.
 */
const unitsPerTurn = 24;

/** What of a platform is looked for; none of it need be there. */
interface Platform {
  readonly setImmediate?: (run: () => void) => void;
  readonly MessageChannel?: typeof MessageChannel;
}

function createTurn(): () => Promise<void> {
  const platform: Platform = globalThis;
  const { setImmediate } = platform;
  if (setImmediate !== undefined) return () => new Promise((resolve) => setImmediate(resolve));
  if (platform.MessageChannel === undefined) return () => Promise.resolve();
  const { port1, port2 } = new platform.MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(null);
    });
}

/** From so many members on, or members added, single steps of an operation take milliseconds: turns lie between them. */
export const manyMembers = 256;

let turn: (() => Promise<void>) | null = null;

/** Resolves when others have had their turn. */
export function takeTurns(): Promise<void> {
  turn ??= createTurn();
  return turn();
}

/** Counts one operation's work. */
export class Pace {
  #units = 0;

  /** Null, or what to wait for before going on. */
  step(): Promise<void> | null {
    if (++this.#units % unitsPerTurn !== 0) return null;
    return takeTurns();
  }
}
