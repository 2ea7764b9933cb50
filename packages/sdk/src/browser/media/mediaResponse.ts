/**
 * How a file is answered to the browser (spec/attachments.md, "Streaming in a browser"). Invariant: whatever is in the file,
 * it does not run: its type is one that cannot script or none at all, the browser may not guess another, and an answer that
 * is opened as a page of its own is in a sandbox that has nothing.
 */
import type { DescribedFile } from './mediaMessages.ts';

export interface ByteRange {
  readonly start: number;
  /** Behind the last. */
  readonly end: number;
}

/** RFC 9110 §14.1.2, one range; null: the whole file (none was asked for, or several, or what makes no sense). */
export function readRange(header: string | null, sizeBytes: number): ByteRange | 'unsatisfiable' | null {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes };
  }
  const start = Number(first);
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  if (last !== '' && Number(last) < start) return null;
  return start >= sizeBytes ? 'unsatisfiable' : { start, end };
}

export function mediaHeaders(file: DescribedFile, range: ByteRange | null): Record<string, string> {
  const { start, end } = range ?? { start: 0, end: file.sizeBytes };
  const isShown = !file.saved && file.mediaType !== 'application/octet-stream';
  return {
    'content-type': isShown ? file.mediaType : 'application/octet-stream',
    'content-disposition': `${isShown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeName(file.name)}`,
    'content-length': String(end - start),
    'accept-ranges': 'bytes',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${file.sizeBytes}` }),
  };
}

/** RFC 8187: what `encodeURIComponent` leaves and a header may not hold is encoded as well. */
function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
