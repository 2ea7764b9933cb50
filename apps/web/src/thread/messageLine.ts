import { callSentence } from '../calls/callSentence.ts';
import { groupCallSentence } from '../groupCalls/groupCallSentence.ts';
import type { MessageView } from '../sotto.ts';
import { plainLine } from '../text/plainLine.ts';
import { words } from '../words.ts';

const shownLength = 200;

/** A message in one line, for lists, bars and screen readers: its text, or what it brings. */
export function messageLine({ body }: MessageView): string {
  const { reply } = words.messaging;
  switch (body.kind) {
    case 'text':
      if (body.text !== '') return plainLine(body.text).slice(0, shownLength);
      if (body.attachments[0] !== undefined) return reply.attachment[body.attachments[0].kind];
      return body.sticker === null ? '' : `${body.sticker.emoji} ${reply.sticker}`;
    case 'call':
      return callSentence(body.call);
    case 'groupCall':
      return groupCallSentence(body.call, null);
    case 'deleted':
      return words.thread.deleted;
    case 'unreadable':
      return words.thread.unreadableTitle;
    case 'notice':
      return '';
  }
}
