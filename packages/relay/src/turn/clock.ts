/** Time, which tests move by hand. */
export interface RelayClock {
  /** Milliseconds of a clock that only goes forward. */
  nowMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

export const systemRelayClock: RelayClock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
