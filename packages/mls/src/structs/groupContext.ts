import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { type Extension, readExtensions, writeExtensions } from './extension.ts';

/** The largest epoch: none can follow it. */
export const lastEpoch = 0xffffffffffffffffn;

/** GroupContext (RFC 9420 §8.1). */
export interface GroupContext {
  readonly version: number;
  readonly cipherSuite: number;
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly treeHash: Uint8Array;
  readonly confirmedTranscriptHash: Uint8Array;
  readonly extensions: readonly Extension[];
}

export function writeGroupContext(writer: Writer, context: GroupContext): void {
  writer.u16(context.version).u16(context.cipherSuite).opaque(context.groupId).u64(context.epoch);
  writer.opaque(context.treeHash).opaque(context.confirmedTranscriptHash);
  writeExtensions(writer, context.extensions);
}

export function readGroupContext(reader: Reader): GroupContext {
  return {
    version: reader.u16(),
    cipherSuite: reader.u16(),
    groupId: reader.opaque(limits.maxIdBytes),
    epoch: reader.u64(),
    treeHash: reader.opaque(),
    confirmedTranscriptHash: reader.opaque(),
    extensions: readExtensions(reader),
  };
}
