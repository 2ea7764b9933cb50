import type { Clock } from '../ports.ts';

/** Time of a test: it passes only when asked to, event by event, each settled before the next. */
export class VirtualClock implements Clock {
  #nowMs = Date.UTC(2026, 10, 1);
  #events: { atMs: number; run: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, run: () => void): () => void {
    const event = { atMs: this.#nowMs + Math.max(0, delayMs), run };
    this.#events.push(event);
    return () => {
      this.#events = this.#events.filter((other) => other !== event);
    };
  }

  /** Lets time pass until `holds`, for at most `limitMs` of virtual time. */
  async until(holds: () => boolean, what: string, limitMs = 120_000): Promise<void> {
    const endMs = this.#nowMs + limitMs;
    await settle();
    while (!holds()) {
      const next = this.#next();
      if (next === undefined || next.atMs > endMs) throw new Error(`It never came to be: ${what}`);
      await this.#run(next);
    }
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.atMs <= endMs; next = this.#next()) {
      await this.#run(next);
    }
    this.#nowMs = endMs;
  }

  #next(): { atMs: number; run: () => void } | undefined {
    let first = this.#events[0];
    for (const event of this.#events) if (first === undefined || event.atMs < first.atMs) first = event;
    return first;
  }

  async #run(event: { atMs: number; run: () => void }): Promise<void> {
    this.#events = this.#events.filter((other) => other !== event);
    this.#nowMs = Math.max(this.#nowMs, event.atMs);
    event.run();
    await settle();
  }
}

/** Everything that is under way comes to rest: promises, and what the event loop has. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
