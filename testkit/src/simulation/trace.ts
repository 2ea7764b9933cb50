/** What happened in a simulation, in words: its tail is printed with a failure. */
export interface Trace {
  /** `who` is a device's name, `server`, or `world`. */
  note(who: string, what: string): void;
  /** The same for what is only of interest when a single seed is looked at: not kept, and not made otherwise. */
  detail(who: string, what: () => string): void;
  /** The last `count` lines. */
  tail(count: number): readonly string[];
}

export interface TraceOptions {
  now(): number;
  readonly startMs: number;
  /** Lines kept. */
  readonly capacity: number;
  /** Called with every line as it comes. */
  readonly print?: (line: string) => void;
}

export function createTrace(options: TraceOptions): Trace {
  let lines: string[] = [];
  const format = (who: string, what: string) => {
    const seconds = ((options.now() - options.startMs) / 1000).toFixed(3).padStart(10);
    return `${seconds}  ${who.padEnd(8)} ${what}`;
  };
  return {
    detail(who, what) {
      options.print?.(format(who, what()));
    },
    note(who, what) {
      const line = format(who, what);
      lines.push(line);
      if (lines.length > 2 * options.capacity) lines = lines.slice(-options.capacity);
      options.print?.(line);
    },
    tail: (count) => lines.slice(-Math.min(count, options.capacity)),
  };
}
