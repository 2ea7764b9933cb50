/**
 * Blobs over HTTP (spec/server.md, "Blobs"), the same for Node and browsers: both have `fetch`. Invariant: no body is gathered
 * whole but the one part that is sent, and no more is given on than was asked for.
 */
import { fromBinary } from '@bufbuild/protobuf';
import type { BlobTransport, DownloadAnswer, UploadAnswer } from '@sotto/client';
import { decodeWireError, ErrorSchema, type WireError } from '@sotto/protocol';

const errorMediaType = 'application/x-protobuf';
const errorSizeBytes = 4096;
const askTimeoutMs = 30_000;
/** A part of at most 8 MiB, over a connection that is hardly one. */
const partTimeoutMs = 10 * 60_000;
/** Nothing comes for so long: the connection is gone. */
const idleTimeoutMs = 60_000;

/** `origin` as in `https://chat.example.org`. */
export function createBlobTransport(origin: string): BlobTransport {
  const uploads = new URL('/api/v1/uploads', origin);
  return {
    async uploaded(ticket, signal) {
      return uploadAnswer(
        await request(uploads, { method: 'HEAD', headers: bearing(ticket) }, signal, askTimeoutMs),
      );
    },

    async upload(ticket, offset, part, signal) {
      const headers = {
        ...bearing(ticket),
        'content-type': 'application/octet-stream',
        'upload-offset': String(offset),
      };
      const body = part as Uint8Array<ArrayBuffer>;
      return uploadAnswer(await request(uploads, { method: 'PATCH', headers, body }, signal, partTimeoutMs));
    },

    async download(blobId, ticket, { start, end }, signal): Promise<DownloadAnswer> {
      const headers = { ...bearing(ticket), range: `bytes=${start}-${end - 1}` };
      const idle = new AbortController();
      const url = new URL(`/api/v1/blobs/${blobId}`, origin);
      const response = await request(url, { headers }, AbortSignal.any([signal, idle.signal]), null);
      if (response === null) return { kind: 'unreachable' };
      if (response.status === 206 || (response.status === 200 && start === 0)) {
        return { kind: 'bytes', bytes: readBody(response, end - start, idle) };
      }
      const error = await readError(response);
      return error === null ? { kind: 'unreachable' } : { kind: 'error', error };
    },
  };
}

function bearing(ticket: Uint8Array): Record<string, string> {
  const text = ticket.toBase64({ alphabet: 'base64url', omitPadding: true });
  return { authorization: `Sotto ${text}` };
}

/** Null: no answer. */
async function request(
  url: URL,
  init: RequestInit,
  signal: AbortSignal,
  timeoutMs: number | null,
): Promise<Response | null> {
  const signals = timeoutMs === null ? [signal] : [signal, AbortSignal.timeout(timeoutMs)];
  try {
    return await fetch(url, {
      ...init,
      redirect: 'error',
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.any(signals),
    });
  } catch {
    // Whatever broke it (no network, a timeout, ended here): there is no answer.
    return null;
  }
}

async function uploadAnswer(response: Response | null): Promise<UploadAnswer> {
  if (response === null) return { kind: 'unreachable' };
  if (response.ok) {
    await response.body?.cancel();
    const offset = Number(response.headers.get('upload-offset') ?? Number.NaN);
    return Number.isSafeInteger(offset) && offset >= 0 ? { kind: 'offset', offset } : { kind: 'unreachable' };
  }
  const error = await readError(response);
  return error === null ? { kind: 'unreachable' } : { kind: 'error', error };
}

/** Null where it is no answer of the server itself: a proxy in between may speak. */
async function readError(response: Response): Promise<WireError | null> {
  const type = response.headers.get('content-type')?.split(';')[0]?.trim();
  if (type !== errorMediaType) {
    await response.body?.cancel();
    return null;
  }
  // The answer to HEAD has no body, and there is one thing that it can be refused for.
  if (response.body === null || response.headers.get('content-length') === '0') return headError(response);
  try {
    const bytes: Uint8Array[] = [];
    for await (const part of readBody(response, errorSizeBytes, new AbortController())) bytes.push(part);
    const whole = await new Blob(bytes as Uint8Array<ArrayBuffer>[]).arrayBuffer();
    return whole.byteLength === 0
      ? headError(response)
      : decodeWireError(fromBinary(ErrorSchema, new Uint8Array(whole)));
  } catch {
    return null;
  }
}

function headError({ status }: Response): WireError {
  return { code: status === 429 || status >= 500 ? 'unavailable' : 'ticket_refused' };
}

/** At most `limitBytes`; throws where the connection breaks off or nothing comes. */
async function* readBody(
  response: Response,
  limitBytes: number,
  idle: AbortController,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  let left = limitBytes;
  try {
    while (left > 0) {
      const timer = setTimeout(() => idle.abort(), idleTimeoutMs);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return;
      const part = value.subarray(0, left);
      left -= part.length;
      yield part;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
