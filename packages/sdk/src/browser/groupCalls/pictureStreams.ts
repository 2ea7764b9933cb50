/** The streams that a page plays: one for each picture of each participant, the same through the whole call. */
import { showTrack } from '../callMedia/showTrack.ts';
import type { JoinId, PictureSource } from './groupCallSession.ts';
import type { Received } from './relaySeat.ts';

export interface PictureStreams {
  of(joinId: JoinId, source: PictureSource): MediaStream;
  /** A track is in a stream while what plays there is of whom the stream is. */
  put(received: readonly Received[]): void;
}

export function createPictureStreams(): PictureStreams {
  const streams = new Map<string, MediaStream>();
  const keyOf = (joinId: JoinId, source: string): string => `${joinId} ${source}`;
  return {
    of(joinId, source) {
      const key = keyOf(joinId, source);
      const stream = streams.get(key) ?? new MediaStream();
      streams.set(key, stream);
      return stream;
    },
    put(received) {
      const playing = new Map(
        received
          .filter(({ isOfThem }) => isOfThem)
          .map(({ joinId, source, track }) => [keyOf(joinId, source), track]),
      );
      for (const [key, stream] of streams) showTrack(stream, playing.get(key) ?? null);
    },
  };
}
