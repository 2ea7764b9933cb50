/** One request for neighbouring chunks of a blob, each checked as it comes. */
import { createAttachmentCipher, type Provider } from '@sotto/crypto';
import type { AttachmentFault } from '../apiMedia.ts';
import type { BlobTransport, Clock, DownloadAnswer } from '../ports.ts';
import type { BlobSource } from './blobSource.ts';
import type { Tickets } from './tickets.ts';

interface Parts {
  readonly provider: Provider;
  readonly clock: Clock;
  readonly transport: BlobTransport;
  readonly tickets: Pick<Tickets, 'get' | 'forget'>;
}

const tries = 4;
const retryDelayMs = 1_000;

/**
 * Gives every chunk from `from` to `to` to `took`, in order. Null once all came; else why not. What broke off goes on where
 * it was, a few times; where every answer ends before a chunk is whole, the server does not have what it says.
 */
export async function fetchChunks(
  parts: Parts,
  source: BlobSource,
  { from, to }: { readonly from: number; readonly to: number },
  took: (index: number, sealed: Uint8Array) => Promise<void>,
  signal: AbortSignal,
): Promise<AttachmentFault | null> {
  const cipher = createAttachmentCipher(parts.provider, source.key, source.sizeBytes);
  let next = from;
  let cut = 0;
  try {
    for (let left = tries; left > 0; left--) {
      if (signal.aborted) return 'offline';
      const ticket = await parts.tickets.get(source);
      if (ticket.kind === 'fault') return ticket.fault;
      if (ticket.sealedSizeBytes !== cipher.sealedSizeBytes) return 'damaged';
      const range = { start: cipher.placeOf(next).start, end: cipher.placeOf(to).end };
      const answer = await parts.transport.download(source.blobId, ticket.ticket, range, signal);
      if (answer.kind === 'bytes') {
        const before = next;
        const pieces = inPieces(answer.bytes, () => {
          const { start, end } = cipher.placeOf(next);
          return end - start;
        });
        // What breaks off is asked for again from where it broke off.
        for await (const sealed of pieces) {
          if (cipher.open(next, sealed) === null) return 'damaged';
          await took(next, sealed);
          next += 1;
          if (next > to) return null;
        }
        if (next > before) {
          left = tries + 1;
          cut = 0;
        } else cut += 1;
      } else {
        const fault = afterError(parts, source, answer);
        if (fault !== null) return fault;
      }
      if (left > 1) await pause(parts.clock, signal);
    }
    return cut === tries ? 'damaged' : 'offline';
  } finally {
    cipher.erase();
  }
}

/** Null: it may go better the next time. */
function afterError(
  { tickets }: Parts,
  source: BlobSource,
  answer: Exclude<DownloadAnswer, { kind: 'bytes' }>,
): AttachmentFault | null {
  if (answer.kind === 'unreachable') return null;
  if (answer.error.code === 'blob_unknown') return 'gone';
  if (answer.error.code === 'ticket_refused') tickets.forget(source);
  return null;
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = clock.schedule(retryDelayMs, resolve);
    signal.addEventListener('abort', () => {
      stop();
      resolve();
    });
  });
}

/** What comes, cut into pieces of the sizes asked for; ends without the rest where it breaks off. */
async function* inPieces(source: AsyncIterable<Uint8Array>, size: () => number): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(size());
  let filled = 0;
  const parts = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      let part: IteratorResult<Uint8Array>;
      try {
        part = await parts.next();
      } catch {
        return;
      }
      if (part.done === true) return;
      for (let bytes = part.value; bytes.length > 0; ) {
        const taken = bytes.subarray(0, piece.length - filled);
        piece.set(taken, filled);
        filled += taken.length;
        bytes = bytes.subarray(taken.length);
        if (filled < piece.length) continue;
        yield piece;
        piece = new Uint8Array(size());
        filled = 0;
      }
    }
  } finally {
    await parts.return?.().catch(() => undefined);
  }
}
