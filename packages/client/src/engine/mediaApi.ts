import type { MediaApi } from '../api.ts';
import { beginView, endView } from '../attachments/viewLimit.ts';
import { discardMessage } from '../messages/unsentMessages.ts';
import {
  createStickerPack,
  installStickerPack,
  listStickerPacks,
  readStickerPack,
} from '../stickers/stickerPacks.ts';
import type { Sessions } from './sessions.ts';

/** Commands about files and stickers (spec/attachments.md). */
export function createMediaApi(sessions: Sessions): MediaApi {
  const context = () => sessions.device().context;
  const attachments = () => context().attachments;
  return {
    pauseTransfer: async (attachment) => attachments().setPaused(attachment, true),
    resumeTransfer: async (attachment) => attachments().setPaused(attachment, false),
    cancelTransfer: async (attachment) => {
      if (!(await attachments().cancel(attachment))) return;
      await discardMessage(context(), attachment.conversationId, attachment.messageId);
      attachments().sweep();
    },
    fetchAttachment: async (attachment) => attachments().fetch(attachment),
    readAttachment: async (attachment, start, end) => attachments().read(attachment, start, end),
    beginView: async (conversationId, messageId) => beginView(context(), conversationId, messageId),
    endView: async (conversationId, messageId) => endView(context(), conversationId, messageId),
    readGallery: async (query) => sessions.shown?.views.gallery(query) ?? { messages: [], hasOlder: false },
    readStorage: async () => attachments().storage(),
    clearFetched: async () => attachments().clear(),
    setFetchLimit: async (sizeBytes) => attachments().setLimit(sizeBytes),
    createStickerPack: async (pack) => createStickerPack(context(), pack),
    readStickerPack: async (link) => readStickerPack(context(), link),
    installStickerPack: async (link, installed) => {
      const outcome = await installStickerPack(context(), link, installed);
      if (!installed) attachments().sweep();
      return outcome;
    },
    listStickerPacks: async () => listStickerPacks(context()),
  };
}
