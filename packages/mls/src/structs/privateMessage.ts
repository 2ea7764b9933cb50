import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { type ContentKind, contentKindOf, contentTypes } from './framedContent.ts';

/** PrivateMessage (RFC 9420 §6.3). */
export interface PrivateMessage {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly contentKind: ContentKind;
  readonly authenticatedData: Uint8Array;
  readonly encryptedSenderData: Uint8Array;
  readonly ciphertext: Uint8Array;
}

export function writePrivateMessage(writer: Writer, message: PrivateMessage): void {
  writer.opaque(message.groupId).u64(message.epoch).u8(contentTypes[message.contentKind]);
  writer.opaque(message.authenticatedData).opaque(message.encryptedSenderData).opaque(message.ciphertext);
}

export function readPrivateMessage(reader: Reader): PrivateMessage {
  return {
    groupId: reader.opaque(limits.maxIdBytes),
    epoch: reader.u64(),
    contentKind: contentKindOf(reader.u8()),
    authenticatedData: reader.opaque(),
    encryptedSenderData: reader.opaque(),
    ciphertext: reader.opaque(),
  };
}
