/** What a browser measured (webrtc-stats), line by line, and what has come since it was read before. */
import type {
  CallRoute,
  ReceivedAudioStatistics,
  ReceivedVideoStatistics,
  SentAudioStatistics,
  SentVideoStatistics,
} from './mediaTypes.ts';

/** One entry of a report; which members it has depends on the browser and on its type. */
type Entry = Readonly<Record<string, unknown>> & { readonly id: string; readonly timestamp: number };
export type Entries = ReadonlyMap<string, Entry>;

export interface ReportReader {
  readonly entries: Entries;
  readonly transport: {
    readonly route: CallRoute | null;
    readonly roundTripMs: number | null;
    readonly availableOutgoingBitsPerSecond: number | null;
    readonly sentBitsPerSecond: number;
    readonly receivedBitsPerSecond: number;
    readonly transportCipher: string | null;
  };
  /** Energy of what the microphone picks up, since the call began. */
  readonly microphoneEnergy: number | null;
  /** Packets of media that have come, since the connection began. */
  readonly packetsReceived: number;
  /** Of the line with this `mid`; null where nothing goes over it. */
  sentAudio(mid: string | null): SentAudioStatistics | null;
  receivedAudio(mid: string | null): ReceivedAudioStatistics | null;
  /** Of a line with several layers, one for each, the smallest first. */
  sentVideo(mid: string | null): readonly SentVideoStatistics[];
  receivedVideo(mid: string | null): ReceivedVideoStatistics | null;
  /** How loud what came since the earlier reading was, as the square root of the mean power, 0 to 1. */
  receivedLevel(mid: string | null): number;
}

export function readReport(report: RTCStatsReport, before: Entries | null): ReportReader {
  const entries = new Map<string, Entry>();
  for (const entry of (report as unknown as Entries).values()) entries.set(entry.id, entry);
  const all = [...entries.values()];
  const find = (type: string, mid: string | null): Entry[] =>
    mid === null ? [] : all.filter((entry) => entry.type === type && entry.mid === mid);
  const earlier = (entry: Entry): Entry | null => before?.get(entry.id) ?? null;
  const since = (entry: Entry, member: string): number =>
    Math.max(0, number(entry, member) - number(earlier(entry), member));
  const rate = (entry: Entry, member: string): number => {
    const then = earlier(entry);
    if (then === null || entry.timestamp <= then.timestamp) return 0;
    return (since(entry, member) * 1000) / (entry.timestamp - then.timestamp);
  };
  const codec = (entry: Entry): string | null => {
    const mimeType = entries.get(String(entry.codecId))?.mimeType;
    return typeof mimeType === 'string' ? (mimeType.split('/')[1] ?? null) : null;
  };
  const lossThere = (entry: Entry): number | null => {
    const remote = all.find(({ type, localId }) => type === 'remote-inbound-rtp' && localId === entry.id);
    return optional(remote ?? null, 'fractionLost');
  };
  const lossHere = (entry: Entry): number =>
    share(since(entry, 'packetsLost'), since(entry, 'packetsReceived'));
  const milliseconds = (entry: Entry | null, member: string): number | null => {
    const seconds = optional(entry, member);
    return seconds === null ? null : seconds * 1000;
  };
  const sum = (type: string, member: string, of: (entry: Entry, member: string) => number): number =>
    all.filter((entry) => entry.type === type).reduce((total, entry) => total + of(entry, member), 0);
  const read = <Result>(entry: Entry | undefined, how: (entry: Entry) => Result): Result | null =>
    entry === undefined ? null : how(entry);

  const sentVideo = (entry: Entry): SentVideoStatistics => ({
    codec: codec(entry),
    bitsPerSecond: rate(entry, 'bytesSent') * 8,
    width: number(entry, 'frameWidth'),
    height: number(entry, 'frameHeight'),
    framesPerSecond: number(entry, 'framesPerSecond'),
    framesEncoded: number(entry, 'framesEncoded'),
    lossShare: lossThere(entry),
    limitedBy: limitationOf(entry.qualityLimitationReason),
  });
  const transport = all.find(({ type }) => type === 'transport') ?? null;
  const pair = selectedPair(all, transport);
  const source = all.find(({ type, kind }) => type === 'media-source' && kind === 'audio') ?? null;
  return {
    entries,
    transport: {
      route: routeOf(pair, entries),
      roundTripMs: milliseconds(pair, 'currentRoundTripTime'),
      availableOutgoingBitsPerSecond: optional(pair, 'availableOutgoingBitrate'),
      sentBitsPerSecond: sum('outbound-rtp', 'bytesSent', rate) * 8,
      receivedBitsPerSecond: sum('inbound-rtp', 'bytesReceived', rate) * 8,
      transportCipher: cipherOf(transport),
    },
    microphoneEnergy: optional(source, 'totalAudioEnergy'),
    packetsReceived: sum('inbound-rtp', 'packetsReceived', number),
    sentAudio: (mid) =>
      read(find('outbound-rtp', mid)[0], (entry) => ({
        codec: codec(entry),
        bitsPerSecond: rate(entry, 'bytesSent') * 8,
        lossShare: lossThere(entry),
      })),
    receivedAudio: (mid) =>
      read(find('inbound-rtp', mid)[0], (entry) => {
        const samples = since(entry, 'totalSamplesReceived');
        // Silence that the other side did not send is made up too, and is no loss.
        const concealed = since(entry, 'concealedSamples') - since(entry, 'silentConcealedSamples');
        return {
          codec: codec(entry),
          bitsPerSecond: rate(entry, 'bytesReceived') * 8,
          lossShare: lossHere(entry),
          jitterMs: milliseconds(entry, 'jitter'),
          concealedShare: samples === 0 ? 0 : Math.max(0, concealed) / samples,
          energy: number(entry, 'totalAudioEnergy'),
        };
      }),
    sentVideo: (mid) =>
      find('outbound-rtp', mid)
        .map(sentVideo)
        .sort((one, other) => one.width - other.width),
    receivedVideo: (mid) =>
      read(find('inbound-rtp', mid)[0], (entry) => ({
        codec: codec(entry),
        bitsPerSecond: rate(entry, 'bytesReceived') * 8,
        width: number(entry, 'frameWidth'),
        height: number(entry, 'frameHeight'),
        framesPerSecond: number(entry, 'framesPerSecond'),
        framesDecoded: number(entry, 'framesDecoded'),
        lossShare: lossHere(entry),
        freezes: number(entry, 'freezeCount'),
        jitterMs: milliseconds(entry, 'jitter'),
      })),
    receivedLevel(mid) {
      const [entry] = find('inbound-rtp', mid);
      if (entry === undefined) return 0;
      const seconds = since(entry, 'totalSamplesDuration');
      return seconds === 0 ? 0 : Math.min(1, Math.sqrt(since(entry, 'totalAudioEnergy') / seconds));
    },
  };
}
function number(entry: Entry | null, member: string): number {
  return optional(entry, member) ?? 0;
}

function optional(entry: Entry | null, member: string): number | null {
  const value = entry?.[member];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function share(lost: number, received: number): number {
  return lost + received === 0 ? 0 : lost / (lost + received);
}

/** A browser may have no `transport`; Firefox also marks the pair itself. */
function selectedPair(all: readonly Entry[], transport: Entry | null): Entry | null {
  const pairs = all.filter(({ type }) => type === 'candidate-pair');
  return (
    pairs.find(({ id }) => id === transport?.selectedCandidatePairId) ??
    pairs.find(({ selected }) => selected === true) ??
    pairs.find(({ nominated, state }) => nominated === true && state === 'succeeded') ??
    null
  );
}

function routeOf(pair: Entry | null, entries: ReadonlyMap<string, Entry>): CallRoute | null {
  const local = entries.get(String(pair?.localCandidateId));
  const remote = entries.get(String(pair?.remoteCandidateId));
  if (local === undefined) return null;
  const isRelayed = local.candidateType === 'relay' || remote?.candidateType === 'relay';
  const isTcp = local.relayProtocol === 'tcp' || local.relayProtocol === 'tls';
  return { kind: isRelayed ? 'relayed' : 'direct', protocol: isTcp ? 'tcp' : 'udp' };
}

function cipherOf(transport: Entry | null): string | null {
  const names = [transport?.dtlsCipher, transport?.srtpCipher].filter((name) => typeof name === 'string');
  return names.length === 0 ? null : names.join(', ');
}

function limitationOf(reason: unknown): SentVideoStatistics['limitedBy'] {
  return reason === 'cpu' || reason === 'bandwidth' || reason === 'other' ? reason : 'none';
}
