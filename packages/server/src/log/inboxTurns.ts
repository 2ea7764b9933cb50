/** Pages of inboxes that are read, or wait in a socket to be, at once. */
const atOnce = 16;

/**
 * Who may read a page of an inbox now. A Welcome to a large group brings the group's tree, over a megabyte, and a
 * thousand devices are welcomed by one commit: so few have one in memory at a time, and the others wait in the order in
 * which they came.
 */
export class InboxTurns {
  readonly #waiting: (() => void)[] = [];
  #free = atOnce;

  /** Resolves with what gives the turn back, to be called once. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }
}
