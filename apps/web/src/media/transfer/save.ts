/**
 * Saves an attachment as a file. It is never opened: the browser is told to save it, under a name without tricks, and under the
 * type that says nothing about it.
 */
import type { AttachmentProblem, AttachmentRef, AttachmentView, SottoApi } from '../../sotto.ts';
import { safeFileName } from '../fileName.ts';
import { AttachmentUnread, problemOf, readWhole } from './readWhole.ts';
import { mediaStreams } from './streamSource.ts';

const plainType = 'application/octet-stream';
const revokeDelayMs = 60_000;

/** Null once the browser has it, or saves it by itself; else why it cannot be saved. */
export async function saveAttachment(
  sotto: SottoApi,
  ref: AttachmentRef,
  view: AttachmentView,
): Promise<AttachmentProblem['kind'] | null> {
  const name = safeFileName(view.name);
  try {
    const streams = await mediaStreams();
    if (streams !== null) {
      const first = await sotto.readAttachment(ref, 0, Math.min(1, view.sizeBytes));
      if (first.kind === 'problem') throw new AttachmentUnread(first.problem.kind);
      streams.save(ref, { ...view, name });
      return null;
    }
    const address = URL.createObjectURL(await readWhole(sotto, ref, view, plainType));
    const link = document.createElement('a');
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), revokeDelayMs);
    return null;
  } catch (error) {
    return problemOf(error);
  }
}
