import type { BenchOptions, Row } from '../row.ts';
import { type AllToAll, type Forwarded, throughBare, throughJanus, throughSotto } from './allToAll.ts';
import { hasJanus } from './janus.ts';

const suite = 'group-calls';
const sealedRatioAim = 0.5;
const janusRatioAim = 0.6;
const addedDelayAimMs = { p50: 5, p99: 40 } as const;

/** What the relay forwards in a second of processor time, and how long that takes: beside the least there can be, and Janus. */
export async function* forwardRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const options = { people: 10, warmUpMs: quick ? 2000 : 5000, durationMs: quick ? 1500 : 10_000 };
  const rounds = quick ? 1 : 3;
  yield* packetRows(await inTurns(ways, options, rounds));
  // Few enough that nothing waits for a processor.
  const { bare: _, ...withKeys } = ways;
  yield* delayRows(await inTurns(withKeys, { ...options, people: 4 }, rounds));
}

type Way = (options: AllToAll) => Promise<Forwarded>;
const ways = {
  sotto: throughSotto,
  sealed: (options: AllToAll) => throughBare(options, true),
  bare: (options: AllToAll) => throughBare(options, false),
  janus: throughJanus,
} satisfies Record<string, Way>;
type Taken<Name extends string> = Record<Name, readonly Forwarded[]>;

/** Nothing of Janus where it is not installed. */
async function inTurns<Name extends string>(
  each: Record<Name, Way>,
  options: AllToAll,
  rounds: number,
): Promise<Taken<Name>> {
  const names = Object.keys(each) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Forwarded[]>;
  for (let round = 0; round < rounds; round++)
    for (const name of names) if (name !== 'janus' || hasJanus) taken[name].push(await each[name](options));
  return taken;
}

/** The best of all: what else runs on the machine only takes away. */
function packetsOf(rounds: readonly Forwarded[]): number {
  return Math.max(...rounds.map(({ receivedPackets, relayMs }) => (receivedPackets / relayMs) * 1000));
}

function* packetRows({ sotto, sealed, bare, janus }: Taken<keyof typeof ways>): Iterable<Row> {
  const value = packetsOf(sotto);
  const unit = '1/s';
  const besides = [
    { name: 'beside opening and sealing alone', floor: packetsOf(sealed), aim: sealedRatioAim },
    { name: 'beside receiving and sending alone', floor: packetsOf(bare) },
  ];
  for (const { name, floor, aim } of besides) {
    yield {
      suite,
      name: `Relay: packets a processor second, 10 to all, ${name}`,
      value,
      unit,
      floor,
      ratio: value / floor,
      ...(aim === undefined ? {} : { aim: `ratio >= ${aim}`, holds: value / floor >= aim }),
    };
  }
  if (!hasJanus) {
    yield { suite, name: 'Relay: beside Janus: left out, it is not installed here', value, unit };
    return;
  }
  const peer = packetsOf(janus);
  yield {
    suite,
    name: 'Relay: packets a processor second, 10 to all, beside Janus',
    value,
    unit,
    peer,
    ratio: value / peer,
    aim: `ratio >= ${janusRatioAim}`,
    holds: value / peer >= janusRatioAim,
  };
}

/** What the sealed floor takes is the way there and back, and waiting of the processes that measure. */
function* delayRows({ sotto, sealed, janus }: Taken<'sotto' | 'sealed' | 'janus'>): Iterable<Row> {
  for (const part of ['p50', 'p99'] as const) {
    const key = part === 'p50' ? 'delayP50Ms' : 'delayP99Ms';
    const least = (rounds: readonly Forwarded[]) => Math.min(...rounds.map((round) => round[key]));
    const [value, floor] = [least(sotto), least(sealed)];
    const aimMs = addedDelayAimMs[part];
    yield {
      suite,
      name: `Relay: from sender to receiver, 4 to all, ${part}`,
      value,
      unit: 'ms',
      floor,
      ...(hasJanus ? { peer: least(janus) } : {}),
      aim: `<= floor + ${aimMs} ms`,
      holds: value - floor <= aimMs,
    };
  }
}
