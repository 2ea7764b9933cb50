/**
 * The codec of the shared screen (spec/callMedia.md, "Descriptions"): VP9 where both sides have it, else VP8. A description has all
 * that this browser can do; of what the other side describes its browser is given the one that is taken. The frame worker is told
 * which payload types that is before it is settled, so that no frame is sealed in the shape of another codec.
 */
import type { PictureCodec, PictureCodecs } from '../../calls/description.ts';
import { hasCodec } from '../callMedia/preferCodecs.ts';
import type { FrameWorker } from './frames/frameWorker.ts';

/** What this browser can send and show, the first one first. */
export function knownScreenCodecs(): readonly PictureCodec[] {
  return hasCodec('vp9') ? ['vp9', 'vp8'] : ['vp8'];
}

export interface ScreenCodecs {
  /** Frames of this direction go through the transform with this id. */
  secured(direction: 'seals' | 'opens', transformId: number): void;
  /**
   * Codecs that both have may come: what goes out has the payload types of the other side's description (`remote`), what comes in
   * those of the own one.
   */
  agreed(local: PictureCodecs, remote: PictureCodecs): void;
}

export function createScreenCodecs(frames: Pick<FrameWorker, 'tellCodecs'>): ScreenCodecs {
  const ids: Partial<Record<'seals' | 'opens', number>> = {};
  const agreed = { seals: new Map() as PictureCodecs, opens: new Map() as PictureCodecs };
  const tell = (direction: 'seals' | 'opens'): void => {
    const id = ids[direction];
    if (id !== undefined) frames.tellCodecs(id, agreed[direction]);
  };
  return {
    secured(direction, transformId) {
      ids[direction] = transformId;
      tell(direction);
    },
    agreed(local, remote) {
      agreed.seals = only(remote, [...local.values()]);
      agreed.opens = only(local, [...remote.values()]);
      for (const direction of ['seals', 'opens'] as const) tell(direction);
    },
  };
}

function only(codecs: PictureCodecs, names: readonly PictureCodec[]): PictureCodecs {
  return new Map([...codecs].filter(([, codec]) => names.includes(codec)));
}
