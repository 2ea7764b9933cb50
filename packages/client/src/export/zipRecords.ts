/**
 * Records of a ZIP archive (APPNOTE.TXT 6.3.10, §4.3), with ZIP64 where a number does not fit: sizes from 4 GiB, and from
 * 65,535 files. Sizes and checksum of a file stand behind it (a data descriptor), because it is not known before it is read.
 */

export interface ZipFile {
  readonly name: Uint8Array;
  readonly isDeflated: boolean;
  /** Where its local header begins. */
  readonly offset: number;
  readonly crc: number;
  /** In the archive. */
  readonly packedSizeBytes: number;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

const limit32 = 0xffffffff;
const limit16 = 0xffff;
/** Sizes in a data descriptor; names in UTF-8. */
const flags = 0x0808;
const plainVersion = 20;
const zip64Version = 45;
/** Made on Unix: a file that only its owner reads and writes. */
const madeBy = (3 << 8) | zip64Version;
const attributes = 0o100600 * 0x10000;
/** What ZIP's dates can hold. */
const firstTimeMs = Date.UTC(1980, 0, 2);
const lastTimeMs = Date.UTC(2099, 11, 30);

export type NewZipFile = Pick<ZipFile, 'name' | 'isDeflated' | 'modifiedAtMs'>;

export function localHeader(file: NewZipFile): Uint8Array {
  const record = new Record().u32(0x04034b50).u16(plainVersion);
  return described(record, file).u32(0).u32(0).u32(0).u16(file.name.length).u16(0).bytes(file.name).done();
}

export function dataDescriptor({ crc, packedSizeBytes, sizeBytes }: ZipFile): Uint8Array {
  const record = new Record().u32(0x08074b50).u32(crc);
  return Math.max(packedSizeBytes, sizeBytes) >= limit32
    ? record.u64(packedSizeBytes).u64(sizeBytes).done()
    : record.u32(packedSizeBytes).u32(sizeBytes).done();
}

export function centralHeader(file: ZipFile): Uint8Array {
  const large = [file.sizeBytes, file.packedSizeBytes, file.offset].filter((value) => value >= limit32);
  const extra = new Record();
  if (large.length > 0) extra.u16(1).u16(8 * large.length);
  for (const value of large) extra.u64(value);
  const extraBytes = extra.done();
  const record = new Record().u32(0x02014b50).u16(madeBy);
  return described(record.u16(large.length > 0 ? zip64Version : plainVersion), file)
    .u32(file.crc)
    .u32(Math.min(file.packedSizeBytes, limit32))
    .u32(Math.min(file.sizeBytes, limit32))
    .u16(file.name.length)
    .u16(extraBytes.length)
    .u16(0)
    .u16(0)
    .u16(0)
    .u32(attributes)
    .u32(Math.min(file.offset, limit32))
    .bytes(file.name)
    .bytes(extraBytes)
    .done();
}

/** What ends the archive: the central headers of `count` files stand at `offset`. */
export function endOfArchive(count: number, offset: number, sizeBytes: number): Uint8Array {
  const record = new Record();
  if (count >= limit16 || offset >= limit32 || sizeBytes >= limit32) {
    record.u32(0x06064b50).u64(44).u16(madeBy).u16(zip64Version).u32(0).u32(0);
    record.u64(count).u64(count).u64(sizeBytes).u64(offset);
    record
      .u32(0x07064b50)
      .u32(0)
      .u64(offset + sizeBytes)
      .u32(1);
  }
  const shown = Math.min(count, limit16);
  record.u32(0x06054b50).u16(0).u16(0).u16(shown).u16(shown);
  return record.u32(Math.min(sizeBytes, limit32)).u32(Math.min(offset, limit32)).u16(0).done();
}

function described(record: Record, { isDeflated, modifiedAtMs }: NewZipFile): Record {
  const moment = new Date(Math.min(Math.max(modifiedAtMs, firstTimeMs), lastTimeMs));
  const time = (moment.getHours() << 11) | (moment.getMinutes() << 5) | (moment.getSeconds() >> 1);
  const date = ((moment.getFullYear() - 1980) << 9) | ((moment.getMonth() + 1) << 5) | moment.getDate();
  return record
    .u16(flags)
    .u16(isDeflated ? 8 : 0)
    .u16(time)
    .u16(date);
}

/** Little-endian numbers and bytes, one after another. */
class Record {
  readonly #bytes: number[] = [];

  u16(value: number): this {
    this.#bytes.push(value & 0xff, value >>> 8);
    return this;
  }

  u32(value: number): this {
    return this.u16(value & 0xffff).u16(Math.floor(value / 0x10000) & 0xffff);
  }

  u64(value: number): this {
    return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32));
  }

  bytes(bytes: Uint8Array): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
