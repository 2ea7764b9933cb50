/** Records of DTLS 1.2 (RFC 6347 §4.1): plain ones of epoch 0, and those of epoch 1 under AES-128-GCM (RFC 5288). */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { dtls12 } from './dtlsNumbers.ts';
import type { RecordKey } from './keySchedule.ts';

const recordHeaderSizeBytes = 13;
const explicitNonceSizeBytes = 8;
const tagSizeBytes = 16;
/** More than any record of a handshake. */
const maxRecordSizeBytes = 4096;

export interface DtlsRecord {
  readonly type: number;
  readonly epoch: number;
  readonly sequence: number;
  /** As it came: sealed in epoch 1. */
  readonly content: Buffer;
}

/** The records of a datagram, up to the first that is none. */
export function decodeRecords(datagram: Buffer): readonly DtlsRecord[] {
  const records: DtlsRecord[] = [];
  let at = 0;
  while (datagram.length - at >= recordHeaderSizeBytes) {
    const sizeBytes = datagram.readUInt16BE(at + 11);
    const end = at + recordHeaderSizeBytes + sizeBytes;
    // The version of the first record is that of DTLS 1.0 in some (RFC 6347 §4.2.1).
    if (datagram[at + 1] !== 0xfe || sizeBytes > maxRecordSizeBytes || end > datagram.length) break;
    records.push({
      type: datagram[at]!,
      epoch: datagram.readUInt16BE(at + 3),
      sequence: datagram.readUIntBE(at + 5, 6),
      content: datagram.subarray(at + recordHeaderSizeBytes, end),
    });
    at = end;
  }
  return records;
}

/** A whole record; with a key, sealed. */
export function encodeRecord(record: DtlsRecord, key: RecordKey | null): Buffer {
  const sealed = key === null ? record.content : seal(record, key);
  return Buffer.concat([headerOf(record, sealed.length), sealed]);
}

/** Null where it is not authentic. */
export function openRecord(record: DtlsRecord, { key, salt }: RecordKey): Buffer | null {
  const { content } = record;
  const sizeBytes = content.length - explicitNonceSizeBytes - tagSizeBytes;
  if (sizeBytes < 0) return null;
  const nonce = Buffer.concat([salt, content.subarray(0, explicitNonceSizeBytes)]);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAAD(associatedOf(record, sizeBytes));
  decipher.setAuthTag(content.subarray(content.length - tagSizeBytes));
  const plain = decipher.update(content.subarray(explicitNonceSizeBytes, content.length - tagSizeBytes));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return plain;
}

function seal(record: DtlsRecord, { key, salt }: RecordKey): Buffer {
  const explicit = associatedOf(record, 0).subarray(0, explicitNonceSizeBytes);
  const cipher = createCipheriv('aes-128-gcm', key, Buffer.concat([salt, explicit]));
  cipher.setAAD(associatedOf(record, record.content.length));
  const sealed = cipher.update(record.content);
  cipher.final();
  return Buffer.concat([explicit, sealed, cipher.getAuthTag()]);
}

/** Epoch and number, type, version and size (RFC 5246 §6.2.3.3). */
function associatedOf({ epoch, sequence, type }: DtlsRecord, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(recordHeaderSizeBytes);
  bytes.writeUInt16BE(epoch, 0);
  bytes.writeUIntBE(sequence, 2, 6);
  bytes[8] = type;
  bytes.writeUInt16BE(dtls12, 9);
  bytes.writeUInt16BE(sizeBytes, 11);
  return bytes;
}

function headerOf({ epoch, sequence, type }: DtlsRecord, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(recordHeaderSizeBytes);
  bytes[0] = type;
  bytes.writeUInt16BE(dtls12, 1);
  bytes.writeUInt16BE(epoch, 3);
  bytes.writeUIntBE(sequence, 5, 6);
  bytes.writeUInt16BE(sizeBytes, 11);
  return bytes;
}
