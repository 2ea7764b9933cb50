/**
 * What the service worker asks of a page, and the answers (spec/attachments.md, "Streaming in a browser"). Both ends check what
 * they get. The worker knows no keys and no names of messages: a token stands for a file, and only the page that made it knows
 * which.
 */

/** Below it stand the addresses of files; the server has nothing there. */
export const mediaPath = '/media/';

export type MediaQuestion = { readonly id: number; readonly token: string } & (
  | { readonly kind: 'describe' }
  /** Bytes from `start` to `end`. */
  | { readonly kind: 'read'; readonly start: number; readonly end: number }
);
export type MediaAnswer = { readonly id: number } & (
  | ({ readonly kind: 'file' } & DescribedFile)
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The page does not know the token, or the file cannot be read. */
  | { readonly kind: 'none' }
);
export interface DescribedFile {
  readonly sizeBytes: number;
  /** One that cannot script (mediaTypes.ts), or `application/octet-stream`. */
  readonly mediaType: string;
  /** Fit to name a file. */
  readonly name: string;
  /** To be saved, not to be shown. */
  readonly saved: boolean;
}

export function decodeQuestion(value: unknown): MediaQuestion | null {
  const message = asRecord(value);
  const { id, token, kind, start, end } = message;
  if (!isCount(id) || typeof token !== 'string' || !/^[0-9a-f]{32}$/.test(token)) return null;
  if (kind === 'describe') return { id, token, kind };
  if (kind === 'read' && isCount(start) && isCount(end) && start <= end)
    return { id, token, kind, start, end };
  return null;
}

export function decodeAnswer(value: unknown): MediaAnswer | null {
  const { id, kind, sizeBytes, mediaType, name, saved, bytes } = asRecord(value);
  if (!isCount(id)) return null;
  if (kind === 'none') return { id, kind };
  if (kind === 'bytes' && bytes instanceof Uint8Array) {
    return { id, kind, bytes: bytes as Uint8Array<ArrayBuffer> };
  }
  const isFile = kind === 'file' && isCount(sizeBytes) && typeof saved === 'boolean';
  if (!isFile || typeof mediaType !== 'string' || typeof name !== 'string') return null;
  return { id, kind, sizeBytes, mediaType, name, saved };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
