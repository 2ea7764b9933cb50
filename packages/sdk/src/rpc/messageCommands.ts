import type { MessagesApi } from '@sotto/client/api';
import {
  type Check,
  isBytesUpTo,
  isCount,
  isFlag,
  isId,
  isListOf,
  isNullOr,
  isOneOf,
  isOptional,
  isRecord,
  isText,
} from './checks.ts';
import type { CommandRule } from './commands.ts';

const idsLimit = 1000;
const mentionsLimit = 1000;
const attachmentsLimit = 32;
const viewsLimit = 10;
const pictureLimit = 64 * 1024;

const isAccount = isRecord({ accountId: isId, username: isText });
const areMentions = isListOf(
  isRecord({ start: isCount, end: isCount, account: isNullOr(isAccount) }),
  mentionsLimit,
);
const isAttachment = isRecord({
  source: (value) => value instanceof Blob,
  kind: isOneOf('file', 'photo', 'video', 'voice', 'audio'),
  name: isText,
  mediaType: isText,
  width: isCount,
  height: isCount,
  durationMs: isCount,
  thumbnail: isBytesUpTo(pictureLimit),
  placeholder: isBytesUpTo(64),
  waveform: isBytesUpTo(100),
  views: (value) => isCount(value) && (value as number) <= viewsLimit,
});
const isSticker = isRecord({
  pack: isText,
  sticker: isText,
  emoji: isText,
  image: isBytesUpTo(pictureLimit),
});
const isPreview = isRecord({
  url: isText,
  title: isText,
  description: isText,
  thumbnail: isBytesUpTo(pictureLimit),
});
const isNewMessage = isRecord({
  text: isText,
  replyTo: isOptional(isId),
  mentions: isOptional(areMentions),
  attachments: isOptional(isListOf(isAttachment, attachmentsLimit)),
  sticker: isOptional(isSticker),
  preview: isOptional(isPreview),
  silent: isOptional(isFlag),
  sendAtMs: isOptional(isCount),
});
const areIds: Check = isListOf(isId, idsLimit);

export const messageCommands: { readonly [Name in keyof MessagesApi]: CommandRule<Name> } = {
  // Repeated with the message id that the page chose, so it is stored once.
  sendMessage: { arguments: [isId, isNewMessage, isId], interrupted: 'repeat' },
  retryMessage: { arguments: [isId, isId], interrupted: 'repeat' },
  discardMessage: { arguments: [isId, isId], interrupted: 'repeat' },
  rescheduleMessage: { arguments: [isId, isId, isNullOr(isCount)], interrupted: 'repeat' },
  editMessage: { arguments: [isId, isId, isText, areMentions], interrupted: 'repeat' },
  readVersions: { arguments: [isId, isId], interrupted: 'repeat' },
  deleteMessages: { arguments: [isId, areIds, isFlag], interrupted: 'repeat' },
  react: { arguments: [isId, isId, isNullOr(isText)], interrupted: 'repeat' },
  forwardMessages: { arguments: [isId, areIds, areIds, isId], interrupted: 'repeat' },
  pinMessage: { arguments: [isId, isId, isFlag], interrupted: 'repeat' },
  readPinned: { arguments: [isId], interrupted: 'repeat' },
  starMessage: { arguments: [isId, isId, isFlag], interrupted: 'repeat' },
  readStarred: { arguments: [isOptional(isId)], interrupted: 'repeat' },
  readReceipts: { arguments: [isId, isId], interrupted: 'repeat' },
  findByDate: { arguments: [isId, isCount], interrupted: 'repeat' },
  readMentions: { arguments: [isId], interrupted: 'repeat' },
  markUnread: { arguments: [isId], interrupted: 'repeat' },
  saveDraft: {
    arguments: [isId, isRecord({ text: isText, replyTo: isNullOr(isId) })],
    interrupted: 'repeat',
  },
  readDraft: { arguments: [isId], interrupted: 'repeat' },
  setReadReceipts: { arguments: [isFlag], interrupted: 'repeat' },
};
