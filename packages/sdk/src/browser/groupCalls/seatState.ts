/** What the relay says of how things stand at this page's seat (`SeatEvent`), read from bytes that come from outside. */
import { fromBinary } from '@bufbuild/protobuf';
import { SeatEventSchema, SeatSource, SeatWatchPhase } from '@sotto/protocol';

export interface SeatState {
  /** Of the watches that `phases` are of. */
  readonly watchRevision: number;
  /** By `mid`. */
  readonly phases: ReadonlyMap<string, 'waiting' | 'active' | 'paused'>;
  /** Layers of own pictures that somebody watches, as bits, the smallest is 1. */
  readonly wantedCamera: number;
  readonly wantedScreen: number;
}

const sizeLimit = 64 * 1024;
const phaseNames = new Map([
  [SeatWatchPhase.WAITING, 'waiting'],
  [SeatWatchPhase.ACTIVE, 'active'],
  [SeatWatchPhase.PAUSED, 'paused'],
] as const);

/** Null for what is none. */
export function readSeatEvent(bytes: Uint8Array): SeatState | null {
  if (bytes.length > sizeLimit) return null;
  try {
    const { watches, wanted, watchRevision } = fromBinary(SeatEventSchema, bytes);
    const phases = watches.flatMap(({ mid, phase }) => {
      const name = phaseNames.get(phase as SeatWatchPhase.WAITING);
      return name === undefined ? [] : [[mid, name] as const];
    });
    const wantedOf = (source: SeatSource): number => wanted.find((one) => one.source === source)?.layers ?? 0;
    return {
      watchRevision,
      phases: new Map(phases),
      wantedCamera: wantedOf(SeatSource.CAMERA),
      wantedScreen: wantedOf(SeatSource.SCREEN),
    };
  } catch {
    return null;
  }
}
