import { mediaHeight } from '../media/mediaBox.ts';
import type { MessageView } from '../sotto.ts';

const noticeHeight = 40;
const lineHeight = 20;
/** A bubble of one line, with its margin. */
const oneLineHeight = 46;
/** With the way to the next call. */
const callHeight = 92;
/** About as many characters as stand in a line where the window is wide. */
const lineLength = 64;
/** More is folded, or scrolled through: it makes no difference to how many rows are in view. */
const mostLines = 40;
const quoteHeight = 48;
const previewHeight = 72;
const forwardedHeight = 20;
const reactionsHeight = 28;

/**
 * In pixels, before the row was drawn and measured. Rows that are made out to be lower than they are cost the time to open a
 * chat: more of them are drawn than are seen.
 */
export function estimatedRowHeight({ body, reactions }: MessageView): number {
  if (body.kind === 'notice') return noticeHeight;
  const under = reactions.length > 0 ? reactionsHeight : 0;
  if (body.kind === 'call') return callHeight + under;
  if (body.kind !== 'text') return oneLineHeight + under;
  const media = mediaHeight(body);
  const lines = body.text === '' && media > 0 ? 0 : Math.min(mostLines, linesOf(body.text));
  return (
    oneLineHeight +
    (lines - 1) * lineHeight +
    media +
    (body.replyTo === null ? 0 : quoteHeight) +
    (body.preview === null ? 0 : previewHeight) +
    (body.forwarded ? forwardedHeight : 0) +
    under
  );
}

function linesOf(text: string): number {
  let lines = 0;
  for (const line of text.split('\n', mostLines)) lines += Math.max(1, Math.ceil(line.length / lineLength));
  return lines;
}
