import { encodeWith, Writer } from '../codec/writer.ts';
import { type GroupContext, writeGroupContext } from '../structs/groupContext.ts';

/** Encodings that every message of an epoch repeats, made once when the epoch begins. */
export interface EpochFrame {
  /** Encoded GroupContext: the end of what members sign. */
  readonly groupContextBytes: Uint8Array;
  /** Encoded group id and epoch: the start of messages and of what is signed. */
  readonly head: Uint8Array;
}

export function epochFrame(context: GroupContext): EpochFrame {
  return {
    groupContextBytes: encodeWith(context, writeGroupContext, 512),
    head: new Writer(64).opaque(context.groupId).u64(context.epoch).finish(),
  };
}
