/** One measured figure. Ratios are of figures taken in one run on one machine; absolute values are for orientation. */
export interface Row {
  readonly suite: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same work with the bare primitives or system calls, in `unit`. */
  readonly floor?: number;
  /** The same work by a comparable system, in `unit`. */
  readonly peer?: number;
  /** How `value` stands to the floor (or, without one, to the peer): at 1 it is as good. */
  readonly ratio?: number;
  /** What `ratio`, or where there is none `value`, should be. */
  readonly aim?: string;
  readonly holds?: boolean;
}

/** How a suite is run. */
export interface BenchOptions {
  /** Everything within 50 seconds, at some cost in precision. */
  readonly quick: boolean;
}

/** A suite tells its rows as they are measured. */
export type Suite = (options: BenchOptions) => AsyncIterable<Row>;
