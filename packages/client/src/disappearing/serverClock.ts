/**
 * The server's time as this device knows it (spec/disappearing.md, "Time"). Invariant: it goes on as the device's clock does,
 * and never back but to what the server says, which is never before what it said earlier: also over restarts, and
 * whatever is done to the device's clock.
 */
import type { Clock, Sql } from '../ports.ts';

export class ServerClock {
  readonly #clock: Clock;
  #ms: number;
  /** The latest that the server said, and what has passed since for certain: it is no earlier now, whatever it says next. */
  #saidMs: number;
  /** The device's clock when it was looked at last. */
  #deviceMs: number;

  /** Goes on from what `storeServerTime` left; a new device's own time counts until the server says another. */
  constructor(clock: Clock, sql: Sql) {
    this.#clock = clock;
    const stored = sql.get('SELECT * FROM server_time');
    this.#deviceMs = stored === undefined ? clock.now() : (stored.device_ms as number);
    this.#ms = stored === undefined ? this.#deviceMs : (stored.server_ms as number);
    this.#saidMs = stored === undefined ? 0 : (stored.said_ms as number);
  }

  /** Milliseconds since 1970. */
  nowMs(): number {
    const deviceMs = this.#clock.now();
    // A device's clock that is set back takes nothing of what has passed.
    if (deviceMs > this.#deviceMs) this.#ms += deviceMs - this.#deviceMs;
    this.#deviceMs = deviceMs;
    return Math.floor(this.#ms);
  }

  /** So much passed by a timer, which nobody sets. `sinceMs`: what time it was when that began, where it ran out. */
  passed(ms: number, sinceMs = 0): void {
    this.#saidMs += ms;
    this.#ms = Math.max(this.nowMs(), this.#saidMs, sinceMs + ms);
  }

  /** The server says what time it is. */
  read(serverMs: number): void {
    this.#saidMs = Math.max(this.#saidMs, serverMs);
    this.#deviceMs = this.#clock.now();
    this.#ms = this.#saidMs;
  }

  /** In the transaction that stores what depends on it. */
  store(sql: Sql): void {
    const serverMs = this.nowMs();
    sql.run(
      'INSERT OR REPLACE INTO server_time (only, server_ms, said_ms, device_ms) VALUES (1, ?, ?, ?)',
      serverMs,
      this.#saidMs,
      this.#deviceMs,
    );
  }
}
