/** Times of several kinds of work that take turns, so that what else the machine does falls on all alike. */

export type Work = () => unknown;

/** Milliseconds since some moment. */
export type Clock = () => number;

const wallClock: Clock = () => performance.now();

export interface RoundOptions {
  readonly rounds: number;
  /** How often each work runs in a round. */
  readonly perRound: number;
  /** Runs of each before the first round, for the compiler. */
  readonly warmUps?: number;
  /** Default: the wall clock. */
  readonly clock?: Clock;
}

/** Milliseconds a run: what is left of the rounds without the disturbed ones, the first of which warms up. */
export async function timeInTurns<Name extends string>(
  works: Readonly<Record<Name, Work>>,
  { rounds, perRound, warmUps = 0, clock = wallClock }: RoundOptions,
): Promise<Record<Name, number>> {
  const names = Object.keys(works) as Name[];
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (const name of names) for (let i = 0; i < warmUps; i++) await works[name]();
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const work = works[name];
      const startMs = clock();
      for (let i = 0; i < perRound; i++) await work();
      if (round > 0) samples.get(name)!.push((clock() - startMs) / perRound);
    }
  }
  return Object.fromEntries(names.map((name) => [name, undisturbed(samples.get(name)!)])) as Record<
    Name,
    number
  >;
}

/**
 * The lower decile. Whatever else a machine does can only add to a time, so the lower ones tell most of the work; not
 * the least, which may owe to a clock's steps.
 */
export function undisturbed(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)]!;
}
