/** The judgement of a call in plain steps (spec/callMedia.md, "Quality"), from what was measured in the last seconds. */
import type { CallQuality, CallStatistics, QualityCause } from './mediaTypes.ts';

/** Readings, one each second, that are judged together: one bad second is no bad network. */
export const judgedSamples = 5;
const neededSamples = 3;

interface Bounds {
  readonly fair: number;
  readonly poor: number;
}
const bounds = {
  loss: { fair: 0.03, poor: 0.1 },
  roundTripMs: { fair: 300, poor: 600 },
  jitterMs: { fair: 50, poor: 120 },
  concealedShare: { fair: 0.05, poor: 0.15 },
  /** For a picture; less is worse. */
  bitsPerSecond: { fair: 250_000, poor: 100_000 },
} as const;

const steps = ['good', 'fair', 'poor'] as const;

export function judgeQuality(readings: readonly CallStatistics[]): CallQuality {
  const recent = readings.slice(-judgedSamples);
  if (recent.length < neededSamples) return { step: 'unknown', causes: [] };
  const mean = (read: (statistics: CallStatistics) => number | null | undefined): number => {
    const values = recent.map(read).filter((value) => typeof value === 'number');
    return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const worst = (...reads: readonly ((statistics: CallStatistics) => number | null | undefined)[]): number =>
    Math.max(...reads.map(mean));

  const found: [QualityCause, number][] = [
    [
      'lossHere',
      rank(
        worst(
          ({ audioReceived }) => audioReceived?.lossShare,
          ({ cameraReceived }) => cameraReceived?.lossShare,
        ),
        bounds.loss,
      ),
    ],
    [
      'lossThere',
      rank(
        worst(
          ({ audioSent }) => audioSent?.lossShare,
          ({ cameraSent }) => cameraSent?.lossShare,
        ),
        bounds.loss,
      ),
    ],
    [
      'delay',
      rank(
        mean(({ roundTripMs }) => roundTripMs),
        bounds.roundTripMs,
      ),
    ],
    [
      'jitter',
      Math.max(
        rank(
          mean(({ audioReceived }) => audioReceived?.jitterMs),
          bounds.jitterMs,
        ),
        rank(
          mean(({ audioReceived }) => audioReceived?.concealedShare),
          bounds.concealedShare,
        ),
      ),
    ],
    ['bandwidth', bandwidthRank(recent)],
    ['busyMachine', recent.every(({ cameraSent }) => cameraSent?.limitedBy === 'cpu') ? 1 : 0],
  ];
  const bad = found.filter(([, rank]) => rank > 0).sort(([, one], [, other]) => other - one);
  return { step: steps[bad[0]?.[1] ?? 0] ?? 'good', causes: bad.map(([cause]) => cause) };
}

function rank(value: number, { fair, poor }: Bounds): 0 | 1 | 2 {
  return value >= poor ? 2 : value >= fair ? 1 : 0;
}

/** Only while a picture is held back by it: what nobody needs is not measured. */
function bandwidthRank(recent: readonly CallStatistics[]): number {
  const isHeldBack = recent.every(
    ({ cameraSent, screenSent }) =>
      cameraSent?.limitedBy === 'bandwidth' || screenSent?.limitedBy === 'bandwidth',
  );
  const available = recent.at(-1)?.availableOutgoingBitsPerSecond ?? null;
  if (!isHeldBack || available === null) return 0;
  const { fair, poor } = bounds.bitsPerSecond;
  return available <= poor ? 2 : available <= fair ? 1 : 0;
}
