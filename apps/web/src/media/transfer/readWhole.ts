/** Reads attachments through the engine, piece by piece, and makes of them what the page can show or save. */
import type { AttachmentProblem, AttachmentRef, AttachmentView, SottoApi } from '../../sotto.ts';

/** At most what one `readAttachment` gives. */
const pieceSizeBytes = 1024 * 1024;

export class AttachmentUnread extends Error {
  readonly problem: AttachmentProblem['kind'];
  constructor(problem: AttachmentProblem['kind']) {
    super(problem);
    this.problem = problem;
  }
}

/** The pieces of an attachment in order. Throws `AttachmentUnread`. */
async function* readPieces(
  sotto: SottoApi,
  ref: AttachmentRef,
  sizeBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let start = 0; start < sizeBytes; ) {
    const outcome = await sotto.readAttachment(ref, start, Math.min(sizeBytes, start + pieceSizeBytes));
    if (outcome.kind === 'problem') throw new AttachmentUnread(outcome.problem.kind);
    if (outcome.value.length === 0) throw new AttachmentUnread('damaged');
    start += outcome.value.length;
    yield outcome.value as Uint8Array<ArrayBuffer>;
  }
}

/** The whole attachment under a type that its caller has chosen. Throws `AttachmentUnread`. */
export async function readWhole(
  sotto: SottoApi,
  ref: AttachmentRef,
  { sizeBytes }: Pick<AttachmentView, 'sizeBytes'>,
  type: string,
): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of readPieces(sotto, ref, sizeBytes)) pieces.push(piece);
  return new Blob(pieces, { type });
}

export function problemOf(error: unknown): AttachmentProblem['kind'] {
  return error instanceof AttachmentUnread ? error.problem : 'offline';
}
