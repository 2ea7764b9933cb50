/** What the browser measured of a call of two, as the panel and the judgement of quality need it. */
import type { CallStatistics, FrameStatistics } from '../callMedia/mediaTypes.ts';
import { type Entries, readReport } from '../callMedia/reportReader.ts';
import type { SlotName } from '../callMedia/slots.ts';

/** What was counted until a moment, so that the next reading can say what came since. */
export interface Sample {
  readonly statistics: CallStatistics;
  /** Energy of what the microphone picks up, since the call began. */
  readonly microphoneEnergy: number | null;
  /** Packets of media that have come, since the connection began. */
  readonly packetsReceived: number;
  readonly entries: Entries;
}

export interface SampleSource {
  readonly report: RTCStatsReport;
  /** The `mid` of each line. */
  readonly mids: Readonly<Record<SlotName, string | null>>;
  readonly frames: FrameStatistics;
}

export function takeSample({ report, mids, frames }: SampleSource, before: Sample | null): Sample {
  const read = readReport(report, before?.entries ?? null);
  return {
    statistics: {
      ...read.transport,
      audioSent: read.sentAudio(mids.microphone),
      audioReceived: read.receivedAudio(mids.microphone),
      cameraSent: read.sentVideo(mids.camera)[0] ?? null,
      cameraReceived: read.receivedVideo(mids.camera),
      screenSent: read.sentVideo(mids.screen)[0] ?? null,
      screenReceived: read.receivedVideo(mids.screen),
      frames,
    },
    microphoneEnergy: read.microphoneEnergy,
    packetsReceived: read.packetsReceived,
    entries: read.entries,
  };
}
