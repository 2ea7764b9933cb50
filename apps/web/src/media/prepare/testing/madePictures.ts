/** Files put together by hand, with what cameras write and what attackers do. Their pixels are words: nothing decodes them. */

type Bytes = Uint8Array<ArrayBuffer>;

export function text(value: string): number[] {
  return [...Buffer.from(value, 'latin1')];
}

export function jpegSegment(marker: number, data: readonly number[]): number[] {
  const length = data.length + 2;
  return [0xff, marker, length >> 8, length & 0xff, ...data];
}

/** `segments` stand before the frame header. */
export function jpeg(width: number, height: number, segments: readonly number[][] = []): Bytes {
  const frame = [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0];
  return new Uint8Array([
    0xff,
    0xd8,
    ...segments.flat(),
    ...jpegSegment(0xc0, frame),
    ...jpegSegment(0xda, [1, 1, 0, 0, 63, 0]),
    ...text('pixels'),
    0xff,
    0x00,
    0xff,
    0xd9,
  ]);
}

export function pngChunk(name: string, data: readonly number[]): number[] {
  const { length } = data;
  return [
    length >>> 24,
    (length >>> 16) & 255,
    (length >>> 8) & 255,
    length & 255,
    ...text(name),
    ...data,
    0,
    0,
    0,
    0,
  ];
}

export function png(width: number, height: number, chunks: readonly number[][] = []): Bytes {
  const size = (value: number): number[] => [
    value >>> 24,
    (value >>> 16) & 255,
    (value >>> 8) & 255,
    value & 255,
  ];
  return new Uint8Array([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...pngChunk('IHDR', [...size(width), ...size(height), 8, 6, 0, 0, 0]),
    ...chunks.flat(),
    ...pngChunk('IDAT', text('pixels')),
    ...pngChunk('IEND', []),
  ]);
}

/** A WebP file of these chunks, the first one given apart. */
export function riff(
  name: string,
  data: readonly number[],
  others: readonly (readonly [string, readonly number[]])[] = [],
): Bytes {
  const chunk = (id: string, bytes: readonly number[]): number[] => [
    ...text(id),
    bytes.length,
    ...[0, 0, 0],
    ...bytes,
    ...(bytes.length % 2 === 1 ? [0] : []),
  ];
  const chunks = [...chunk(name, data), ...others.flatMap(([id, bytes]) => chunk(id, bytes))];
  return new Uint8Array([...text('RIFF'), chunks.length + 4, 0, 0, 0, ...text('WEBP'), ...chunks]);
}

/** A box of an MP4 file. */
export function box(name: string, data: readonly number[]): number[] {
  const size = data.length + 8;
  return [0, 0, size >> 8, size & 255, ...text(name), ...data];
}
