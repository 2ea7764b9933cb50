/** Sealers and openers of both providers behind one face, so that what holds for one is tested for both. */
import {
  createFrameOpener,
  createFrameSealer,
  type FrameOpenerOptions,
  type FrameSealerOptions,
} from '../index.ts';
import {
  createSyncFrameOpener,
  createSyncFrameSealer,
  type SyncFrameOpener,
  type SyncFrameSealer,
} from '../node/index.ts';

type Eventually<Face> = {
  [Name in keyof Face]: Face[Name] extends (...values: infer Values) => infer Result
    ? (...values: Values) => Result | Promise<Result>
    : Face[Name];
};

interface Provider {
  readonly name: string;
  sealer(options: FrameSealerOptions): Promise<Eventually<SyncFrameSealer>>;
  opener(options: FrameOpenerOptions): Eventually<SyncFrameOpener>;
}

export const providers: readonly Provider[] = [
  { name: 'Web Crypto', sealer: createFrameSealer, opener: createFrameOpener },
  {
    name: 'node:crypto',
    sealer: async (options) => createSyncFrameSealer(options),
    opener: createSyncFrameOpener,
  },
];

/** The frame, or an Error where it was refused. */
export function frameOf(result: { kind: string; frame?: Uint8Array; reason?: string }): Uint8Array {
  if (result.frame === undefined) throw new Error(`refused: ${result.reason}`);
  return result.frame;
}
