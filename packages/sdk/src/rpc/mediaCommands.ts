import type { MediaApi } from '@sotto/client/api';
import {
  isBytesUpTo,
  isCount,
  isFlag,
  isId,
  isListOf,
  isOneOf,
  isOptional,
  isRecord,
  isText,
} from './checks.ts';
import type { CommandRule } from './commands.ts';

const stickersLimit = 200;
const stickerSizeLimit = 64 * 1024;
const pageSizeLimit = 1000;

const isRef = isRecord({ conversationId: isId, messageId: isId, index: isCount });
const isNewPack = isRecord({
  title: isText,
  author: isText,
  stickers: isListOf(isRecord({ emoji: isText, image: isBytesUpTo(stickerSizeLimit) }), stickersLimit),
});

export const mediaCommands: { readonly [Name in keyof MediaApi]: CommandRule<Name> } = {
  pauseTransfer: { arguments: [isRef], interrupted: 'repeat' },
  resumeTransfer: { arguments: [isRef], interrupted: 'repeat' },
  cancelTransfer: { arguments: [isRef], interrupted: 'repeat' },
  fetchAttachment: { arguments: [isRef], interrupted: 'repeat' },
  readAttachment: { arguments: [isRef, isCount, isCount], interrupted: 'repeat' },
  beginView: { arguments: [isId, isId], interrupted: 'repeat' },
  endView: { arguments: [isId, isId], interrupted: 'repeat' },
  readGallery: {
    arguments: [
      isRecord({
        conversationId: isId,
        kind: isOneOf('media', 'files', 'links', 'voice'),
        beforeOrder: isOptional(isCount),
        limit: (value) => isCount(value) && (value as number) <= pageSizeLimit,
      }),
    ],
    interrupted: 'repeat',
  },
  readStorage: { arguments: [], interrupted: 'repeat' },
  clearFetched: { arguments: [], interrupted: 'repeat' },
  setFetchLimit: { arguments: [isCount], interrupted: 'repeat' },
  createStickerPack: { arguments: [isNewPack], interrupted: 'repeat' },
  readStickerPack: { arguments: [isText], interrupted: 'repeat' },
  installStickerPack: { arguments: [isText, isFlag], interrupted: 'repeat' },
  listStickerPacks: { arguments: [], interrupted: 'repeat' },
};
