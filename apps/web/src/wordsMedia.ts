/** What is said of attachments before their own part of the app is loaded: joined in words.ts. */
import type { AttachmentView } from './sotto.ts';
import { plural } from './wordForms.ts';

const nouns: Record<AttachmentView['kind'], { one: string; many: string }> = {
  photo: { one: 'Photo', many: 'photos' },
  video: { one: 'Video', many: 'videos' },
  file: { one: 'File', many: 'files' },
  voice: { one: 'Voice message', many: 'voice messages' },
  audio: { one: 'Audio', many: 'audio files' },
};

/** In words what a message has beside its text, as for the list of chats: "Photo", "3 photos", "Sticker ⛵". */
function summary(attachments: readonly Pick<AttachmentView, 'kind' | 'name' | 'views'>[]): string {
  const [first] = attachments;
  if (first === undefined) return '';
  if (first.views !== null) {
    const { limit } = first.views;
    return `${nouns[first.kind].one} to view ${limit === 1 ? 'once' : `${limit} times`}`;
  }
  if (attachments.length === 1) return first.kind === 'file' ? first.name : nouns[first.kind].one;
  const kinds = new Set(attachments.map(({ kind }) => kind));
  return kinds.size === 1
    ? plural(attachments.length, nouns[first.kind].one, nouns[first.kind].many)
    : plural(attachments.length, 'file', 'files');
}

export const mediaWords = {
  attach: 'Attach',
  choosePhotos: 'Photos and videos',
  chooseFiles: 'Files',
  useCamera: 'Camera',
  sticker: 'Sticker',
  drop: 'Drop to send here',
  dropText: 'You can look at it and write something before it goes.',
  recordVoice: 'Record a voice message',
  summary,
  stickerSummary: (emoji: string) => `Sticker ${emoji}`.trim(),
  galleryTitle: 'Photos, files and links',
  storageTitle: 'Files and storage',
  storageText: 'What is kept on this device and at the server',
  packTitle: 'Stickers',
  emojiTab: 'Emoji',
  loading: 'Opening…',
};
