/** Times of several kinds of work that take turns, so that what else the machine does falls on all alike. */

export type Work = () => unknown;

export interface RoundOptions {
  readonly rounds: number;
  /** How often each work runs in a round. */
  readonly perRound: number;
}

/** Milliseconds a run: the lower quartile of the rounds, of which the first warms up. */
export async function timeInTurns<Name extends string>(
  works: Readonly<Record<Name, Work>>,
  { rounds, perRound }: RoundOptions,
): Promise<Record<Name, number>> {
  const names = Object.keys(works) as Name[];
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const work = works[name];
      const startMs = performance.now();
      for (let i = 0; i < perRound; i++) await work();
      if (round > 0) samples.get(name)!.push((performance.now() - startMs) / perRound);
    }
  }
  return Object.fromEntries(names.map((name) => [name, lowerQuartile(samples.get(name)!)])) as Record<
    Name,
    number
  >;
}

export function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)]!;
}
