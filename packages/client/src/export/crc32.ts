/** CRC-32 of ZIP (polynomial EDB88320), eight bytes at a time: no library here gives it. */

const tables = makeTables();

/** Of `bytes` behind those that `crc` is of; 0 at the beginning. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  let c = ~crc;
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (; at + 8 <= bytes.length; at += 8) {
    const one = c ^ view.getInt32(at, true);
    const two = view.getInt32(at + 4, true);
    c =
      t7[one & 0xff]! ^
      t6[(one >>> 8) & 0xff]! ^
      t5[(one >>> 16) & 0xff]! ^
      t4[one >>> 24]! ^
      t3[two & 0xff]! ^
      t2[(two >>> 8) & 0xff]! ^
      t1[(two >>> 16) & 0xff]! ^
      t0[two >>> 24]!;
  }
  for (; at < bytes.length; at++) c = t0[(c ^ bytes[at]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

type Table = Int32Array;
function makeTables(): readonly [Table, Table, Table, Table, Table, Table, Table, Table] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = (c & 1) === 0 ? c >>> 1 : (c >>> 1) ^ 0xedb88320;
    first[byte] = c;
  }
  /** Of a byte with one more zero byte behind it. */
  const next = (table: Table): Table => table.map((c) => first[c & 0xff]! ^ (c >>> 8));
  const [second, third] = [next(first), next(next(first))];
  const fourth = next(third);
  const [fifth, sixth] = [next(fourth), next(next(fourth))];
  const seventh = next(sixth);
  return [first, second, third, fourth, fifth, sixth, seventh, next(seventh)];
}
