import { maxAttachmentSizeBytes } from '@sotto/crypto';
import type { ConversationId, TransactionId } from '@sotto/protocol';
import type { NewMessage, Outcome, SendProblem } from '../api.ts';
import { type NewAttachment, stickerIndex } from '../apiMedia.ts';
import { findConversation } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { sendMessage } from '../messages/sendMessage.ts';
import { isStickerPicture } from '../stickers/packFile.ts';
import { pictureSize } from './pictureSize.ts';

/**
 * Sends a message with its files. The message is there at once; this resolves once its files are sealed on this device (or
 * that has failed, which their transfers say), so that a caller whose engine went away before repeats it, with the files.
 */
export async function sendWithFiles(
  device: DeviceContext,
  conversationId: ConversationId,
  { attachments = [], ...message }: NewMessage,
  messageId?: TransactionId,
): Promise<Outcome<TransactionId, SendProblem>> {
  const picture = message.sticker?.image ?? new Uint8Array(0);
  const hasPicture = picture.length > 0 && attachments.length === 0;
  if (attachments.length === 0 && !hasPicture) return sendMessage(device, conversationId, message, messageId);
  if (attachments.some(({ source }) => source.size > maxAttachmentSizeBytes)) {
    return { kind: 'problem', problem: { kind: 'fileTooLarge', limit: maxAttachmentSizeBytes } };
  }
  // What is no picture of a sticker goes as its emoji, as it would be shown.
  const sticker = hasPicture && isStickerPicture(picture) ? stickerFile(picture) : null;
  const contents = device.attachments.create(attachments);
  const [stickerImage = null] = device.attachments.create(sticker === null ? [] : [sticker]);
  const sent = await sendMessage(device, conversationId, message, messageId, {
    contents,
    stickerImage,
    insert: (sql, { key }, id) => {
      device.attachments.insert(sql, key, id, contents);
      if (stickerImage !== null) device.attachments.insertSticker(sql, key, id, stickerImage);
    },
  });
  const row = device.database.read((sql) => findConversation(sql, conversationId));
  if (sent.kind === 'problem' || row === null) return sent;
  const sources = new Map(attachments.map(({ source }, position) => [position, source]));
  if (sticker !== null) sources.set(stickerIndex, sticker.source);
  await device.attachments.seal(row.key, sent.value, sources);
  return sent;
}

/** Sealed anew for each message: by a name that stays the same the server could tell who has which packs. */
function stickerFile(picture: Uint8Array): NewAttachment {
  const nothing = new Uint8Array(0);
  const { width, height } = pictureSize(picture) ?? { width: 0, height: 0 };
  return {
    source: new Blob([picture.slice()]),
    kind: 'photo',
    name: '',
    mediaType: '',
    width,
    height,
    durationMs: 0,
    thumbnail: nothing,
    placeholder: nothing,
    waveform: nothing,
    views: 0,
  };
}
