import type { TransactionId } from '@sotto/protocol';
import type { AttachmentView, TransferView, ViewsView } from '../apiMedia.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';
import { attachmentsOf, type StoredAttachment, stickerImagesOf } from './attachmentTable.ts';
import { countAllViews, countRecipients } from './viewTable.ts';

const nothing = new Uint8Array(0);

interface TransferNames {
  transferOf?(sql: Sql, attachment: StoredAttachment): TransferView;
}

/** What is shown of these messages' files; those without any are left out. */
export function attachmentViews(
  sql: Sql,
  names: TransferNames,
  conversation: ConversationKey,
  messageIds: readonly TransactionId[],
): Map<TransactionId, AttachmentView[]> {
  const views = new Map<TransactionId, AttachmentView[]>();
  for (const attachment of attachmentsOf(sql, conversation, messageIds)) {
    const view = attachmentView(sql, names, attachment);
    const present = views.get(attachment.messageId);
    if (present === undefined) views.set(attachment.messageId, [view]);
    else present.push(view);
  }
  return views;
}

/** The pictures of these messages' stickers, where they have one that came with them. */
export function stickerViews(
  sql: Sql,
  names: TransferNames,
  conversation: ConversationKey,
  messageIds: readonly TransactionId[],
): Map<TransactionId, AttachmentView> {
  return new Map(
    stickerImagesOf(sql, conversation, messageIds).map((attachment) => [
      attachment.messageId,
      attachmentView(sql, names, attachment),
    ]),
  );
}

function attachmentView(sql: Sql, names: TransferNames, attachment: StoredAttachment): AttachmentView {
  const { content, viewState } = attachment;
  const { kind, name, mediaType, sizeBytes, width, height, durationMs, placeholder, waveform } = content;
  return {
    kind,
    name,
    mediaType,
    sizeBytes,
    width,
    height,
    durationMs,
    // Of what is limited nothing is seen before.
    thumbnail: viewState === null ? content.thumbnail : nothing,
    placeholder,
    waveform,
    views: viewsView(sql, attachment),
    transfer: names.transferOf?.(sql, attachment) ?? { kind: 'remote' },
  };
}

function viewsView(
  sql: Sql,
  { conversation, messageId, content, viewState }: StoredAttachment,
): ViewsView | null {
  if (viewState === null) return null;
  const counts = countAllViews(sql, conversation, messageId);
  return {
    limit: content.views,
    state: viewState,
    seen: counts.reduce((sum, count) => sum + Math.min(count, content.views), 0),
    viewers: counts.length,
    recipients: countRecipients(sql, conversation, messageId),
  };
}
