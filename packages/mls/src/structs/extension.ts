import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';

/** Extension (RFC 9420 §13.4). `data` is opaque here; types known to the engine have files of their own. */
export interface Extension {
  readonly type: number;
  readonly data: Uint8Array;
}

function writeExtension(writer: Writer, extension: Extension): void {
  writer.u16(extension.type).opaque(extension.data);
}

function readExtension(reader: Reader): Extension {
  return { type: reader.u16(), data: reader.opaque() };
}

export function writeExtensions(writer: Writer, extensions: readonly Extension[]): void {
  writer.vector(extensions, writeExtension);
}

export function readExtensions(reader: Reader): Extension[] {
  return reader.vector(readExtension, limits.maxExtensions);
}

/** The data of the extension of this type, or null. */
export function findExtension(extensions: readonly Extension[], type: number): Uint8Array | null {
  return extensions.find((extension) => extension.type === type)?.data ?? null;
}

/** RFC 9420 §13.4: a list holds at most one extension of a type. */
export function hasDuplicateExtensions(extensions: readonly Extension[]): boolean {
  if (extensions.length < 2) return false;
  return new Set(extensions.map((extension) => extension.type)).size !== extensions.length;
}
