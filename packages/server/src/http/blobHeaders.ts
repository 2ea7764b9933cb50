/**
 * What requests of uploads and downloads say in their headers (spec/server.md §Blobs). Whatever stands there, each of these
 * returns.
 */

/** The bytes that a request asks for, both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The one range of a `Range` header (RFC 9110 §14.2) over a body of `sizeBytes`. Null: the whole body, as for no
 * header, other units, several ranges and what does not parse, all of which a server may pass over.
 */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | 'unsatisfiable' | null {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  if (start >= sizeBytes) return 'unsatisfiable';
  return { start, end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

/** Characters: far more than those of a ticket. */
const maxTicketLength = 128;

/** The ticket in `authorization: Sotto <base64url>`, as it came over the connection; null: there is none. */
export function readTicket(header: string | undefined): Uint8Array | null {
  const text = /^Sotto ([\w-]+)$/.exec(header ?? '')?.[1];
  if (text === undefined || text.length > maxTicketLength) return null;
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url' });
  } catch {
    return null;
  }
}

/** The number in `upload-offset`; null where it is none. */
export function readOffset(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
