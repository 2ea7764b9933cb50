/** What the browser measured of a group call: for the panel, and as it is judged. */
import type { CallStatistics, FrameStatistics } from '../callMedia/mediaTypes.ts';
import { type Entries, type ReportReader, readReport } from '../callMedia/reportReader.ts';
import type { Slots } from '../callMedia/slots.ts';
import type { GroupCallStatistics, JoinId, ReceivedStatistics } from './groupCallSession.ts';
import type { Received } from './relaySeat.ts';
import { loudnessOf } from './speaking.ts';

export interface GroupSample {
  readonly statistics: GroupCallStatistics;
  /** As of a call of two, in which the worst of what comes is what comes. */
  readonly judged: CallStatistics;
  /** How loud the voices of the others were since the earlier one, 0 to 1. */
  readonly levels: ReadonlyMap<JoinId, number>;
  readonly microphoneEnergy: number | null;
  readonly packetsReceived: number;
  readonly entries: Entries;
}

export interface GroupSampleSource {
  readonly report: RTCStatsReport;
  readonly ownMids: Slots<string | null>;
  readonly received: readonly Received[];
  readonly frames: FrameStatistics;
}

export function takeGroupSample(
  { report, ownMids, received, frames }: GroupSampleSource,
  before: Entries | null,
): GroupSample {
  const read = readReport(report, before);
  const people = [...new Set(received.map(({ joinId }) => joinId))];
  const receivedOf = people.map((joinId) => receivedStatistics(read, joinId, received));
  const cameraSent = read.sentVideo(ownMids.camera).filter(({ framesPerSecond }) => framesPerSecond > 0);
  const screenSent = read.sentVideo(ownMids.screen)[0] ?? null;
  const audioSent = read.sentAudio(ownMids.microphone);
  const voices = received.filter(({ source }) => source === 'microphone');
  return {
    statistics: { ...read.transport, audioSent, cameraSent, screenSent, received: receivedOf, frames },
    judged: {
      ...read.transport,
      audioSent,
      audioReceived: worst(receivedOf.map(({ audio }) => audio)),
      cameraSent: cameraSent.at(-1) ?? null,
      cameraReceived: worst(receivedOf.flatMap(({ camera, screen }) => [camera, screen])),
      screenSent,
      screenReceived: null,
      frames,
    },
    levels: new Map(voices.map(({ joinId, mid }) => [joinId, loudnessOf(read.receivedLevel(mid))])),
    microphoneEnergy: read.microphoneEnergy,
    packetsReceived: read.packetsReceived,
    entries: read.entries,
  };
}

function receivedStatistics(
  read: ReportReader,
  joinId: JoinId,
  received: readonly Received[],
): ReceivedStatistics {
  const mid = (source: Received['source']): string | null =>
    received.find((one) => one.joinId === joinId && one.source === source)?.mid ?? null;
  return {
    joinId,
    audio: read.receivedAudio(mid('microphone')),
    camera: read.receivedVideo(mid('camera')),
    screen: read.receivedVideo(mid('screen')),
  };
}

function worst<Statistics extends { readonly lossShare: number }>(
  all: readonly (Statistics | null)[],
): Statistics | null {
  return all.reduce<Statistics | null>(
    (worst, one) => (one !== null && (worst === null || one.lossShare > worst.lossShare) ? one : worst),
    null,
  );
}
