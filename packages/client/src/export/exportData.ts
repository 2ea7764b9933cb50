/** `data.json` of an export, as spec/search.md §Export describes it. */
import type { MessageView } from '../api.ts';
import { attachmentsOf } from './exportMedia.ts';
import { dateOf, type ExportSource } from './exportSource.ts';

/** Pieces of one JSON document; every string in it is well-formed Unicode. */
export function* exportData(source: ExportSource): Generator<string> {
  const { account, madeAtMs, conversations } = source;
  const head = { format: 'sotto-export', version: 1, exportedAt: dateOf(madeAtMs).toISOString(), account };
  yield `${JSON.stringify(head).slice(0, -1)},"conversations":[`;
  let isFirst = true;
  for (const [chat, { conversationId, title, members, pages }] of conversations.entries()) {
    const own = JSON.stringify({ conversationId, title, members });
    yield `${isFirst ? '' : ','}\n${own.slice(0, -1)},"messages":[`;
    isFirst = false;
    let separator = '\n';
    for (const page of pages(true)) {
      const lines = page.map((message) => JSON.stringify(exportedMessage(source, chat, message)));
      if (lines.length > 0) yield `${separator}${lines.join(',\n')}`;
      separator = ',\n';
    }
    yield ']}';
  }
  yield ']}\n';
}

function exportedMessage(source: ExportSource, chat: number, message: MessageView): object {
  const { messageId, order, sender, mine, sentAtMs, state, body, editedAtMs } = message;
  const shown =
    body.kind === 'text'
      ? {
          ...body,
          text: body.text.toWellFormed(),
          attachments: exportedFiles(source, chat, message),
          sticker: body.sticker === null ? null : { ...body.sticker, picture: undefined },
        }
      : body;
  const edited = editedAtMs === null ? {} : { editedAt: dateOf(editedAtMs).toISOString() };
  const sentAt = dateOf(sentAtMs).toISOString();
  return withoutBytes({ messageId, order, sender, mine, sentAt, ...edited, state, body: shown });
}

function exportedFiles(source: ExportSource, chat: number, message: MessageView): object[] {
  return attachmentsOf(message).map((view, index) => {
    const { kind, name, mediaType, sizeBytes, width, height, durationMs } = view;
    const place = source.placeOf(chat, message, index, view);
    const where = place.kind === 'file' ? { path: place.path } : { path: null, missing: place.reason };
    return { kind, name, mediaType, sizeBytes, width, height, durationMs, ...where };
  });
}

/** Small pictures that stand for others are left out. */
function withoutBytes(value: object): object {
  const kept = Object.entries(value).filter(([, member]) => !(member instanceof Uint8Array));
  const plain = (member: unknown): unknown => {
    if (Array.isArray(member)) return member.map(plain);
    return typeof member === 'object' && member !== null ? withoutBytes(member) : member;
  };
  return Object.fromEntries(kept.map(([name, member]) => [name, plain(member)]));
}
