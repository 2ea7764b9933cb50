import type { ExportChoice, SottoApi } from '@sotto/client/api';

export interface ExportOptions extends Partial<ExportChoice> {
  /** Called with how much of the work is done, from 0 to 1. */
  readonly onProgress?: (done: number) => void;
  /** Ends it: the next piece is refused with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What made the export is gone (its tab was closed, the device was signed out); it can be begun anew. */
export class ExportInterrupted extends Error {
  override readonly name = 'ExportInterrupted';
}

/**
 * The bytes of a ZIP archive with everything this device can read (spec/search.md §Export), or all of one conversation, piece
 * by piece and never all in memory: for a `Blob` in a page, for `stream.Readable.from` in Node. With the files of messages
 * unless `withMedia` is false. Whoever has it can read it.
 *
 * @throws ExportInterrupted
 */
export async function* exportEverything(
  sotto: Pick<SottoApi, 'beginExport' | 'readExport' | 'endExport'>,
  { onProgress, signal, conversationId = null, withMedia = true }: ExportOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  signal?.throwIfAborted();
  const { exportId } = await sotto.beginExport({ conversationId, withMedia });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const part = await sotto.readExport(exportId);
      signal?.throwIfAborted();
      if (part.kind === 'gone') throw new ExportInterrupted('The export has to be begun anew.');
      yield* part.pieces as readonly Uint8Array<ArrayBuffer>[];
      if (part.kind === 'last') {
        onProgress?.(1);
        return;
      }
      onProgress?.(part.total === 0 ? 0 : Math.min(part.done / part.total, 1));
    }
  } finally {
    await sotto.endExport(exportId);
  }
}
