import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { type Extension, readExtensions, writeExtensions } from './extension.ts';
import { type GroupContext, readGroupContext, writeGroupContext } from './groupContext.ts';

/** GroupInfo (RFC 9420 §12.4.3). */
export interface GroupInfo {
  readonly groupContext: GroupContext;
  readonly extensions: readonly Extension[];
  readonly confirmationTag: Uint8Array;
  readonly signer: number;
  readonly signature: Uint8Array;
}

export function writeGroupInfoTbs(writer: Writer, info: Omit<GroupInfo, 'signature'>): void {
  writeGroupContext(writer, info.groupContext);
  writeExtensions(writer, info.extensions);
  writer.opaque(info.confirmationTag).u32(info.signer);
}

export function writeGroupInfo(writer: Writer, info: GroupInfo): void {
  writeGroupInfoTbs(writer, info);
  writer.opaque(info.signature);
}

export function readGroupInfo(reader: Reader): GroupInfo {
  return {
    groupContext: readGroupContext(reader),
    extensions: readExtensions(reader),
    confirmationTag: reader.opaque(),
    signer: reader.u32(),
    signature: reader.opaque(),
  };
}
