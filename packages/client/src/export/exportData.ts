/** `data.json` of an export, as spec/search.md §Export describes it. */
import type { MessageView } from '../api.ts';
import { dateOf, type ExportSource } from './exportSource.ts';

/** Pieces of one JSON document; every string in it is well-formed Unicode. */
export function* exportData({ account, madeAtMs, conversations }: ExportSource): Generator<string> {
  const head = { format: 'sotto-export', version: 1, exportedAt: dateOf(madeAtMs).toISOString(), account };
  yield `${JSON.stringify(head).slice(0, -1)},"conversations":[`;
  let isFirst = true;
  for (const { conversationId, title, members, pages } of conversations) {
    const own = JSON.stringify({ conversationId, title, members });
    yield `${isFirst ? '' : ','}\n${own.slice(0, -1)},"messages":[`;
    isFirst = false;
    let separator = '\n';
    for (const page of pages()) {
      const lines = page.map((message) => JSON.stringify(exportedMessage(message)));
      if (lines.length > 0) yield `${separator}${lines.join(',\n')}`;
      separator = ',\n';
    }
    yield ']}';
  }
  yield ']}\n';
}

function exportedMessage({ messageId, order, sender, mine, sentAtMs, state, body }: MessageView): object {
  const shown = body.kind === 'text' ? { ...body, text: body.text.toWellFormed() } : body;
  return { messageId, order, sender, mine, sentAt: dateOf(sentAtMs).toISOString(), state, body: shown };
}
