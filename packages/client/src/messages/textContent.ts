/**
 * What makes a bubble (content.proto, Text), checked. Invariant: what is not within the limits never becomes a
 * `TextContent`, so nothing behind this needs to look again. Of what is only wrong in part, the part is left out.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type Attachment, ContentSchema, limits, type Text, TextSchema } from '@sotto/protocol';
import {
  type AttachmentContent,
  decodeAttachment,
  encodeAttachment,
  isThumbnail,
} from '../attachments/attachmentContent.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { isEmoji } from './emoji.ts';
import { decodeMentions, encodeMentions, type Mention } from './mentions.ts';
import { decodeRef, encodeRef, type MessageRef } from './messageRef.ts';

/** Everything of a message's text but the text and its files: stored beside it. */
export interface TextParts {
  readonly replyTo: MessageRef | null;
  readonly mentions: readonly Mention[];
  readonly sticker: StickerName | null;
  readonly preview: LinkPreview | null;
  readonly forwarded: boolean;
  /** Makes no sound and no notification. */
  readonly silent: boolean;
}
export interface TextContent extends TextParts {
  readonly text: string;
  readonly attachments: readonly AttachmentContent[];
  /** The picture of a sticker of a pack. */
  readonly stickerImage: AttachmentContent | null;
}
export interface StickerName {
  readonly pack: string;
  readonly sticker: string;
  readonly emoji: string;
}
export interface LinkPreview {
  readonly url: string;
  readonly title: string;
  readonly description: string;
  readonly thumbnail: Uint8Array;
}

export const noParts: TextParts = {
  replyTo: null,
  mentions: [],
  sticker: null,
  preview: null,
  forwarded: false,
  silent: false,
};

const stickerNameLength = 200;
const previewLength = { url: 2048, title: 200, description: 500 } as const;
/** Nothing of it can be seen: spaces, signs without a shape, those that only steer others. */
const invisible = /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]*$/u;

export function textSizeBytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function isBlank(text: string): boolean {
  return invisible.test(text);
}

export type TextRefusal = 'malformed' | 'too_large';

export function decodeText(value: Text, silent: boolean): TextContent | TextRefusal {
  const { text, forwarded } = value;
  if (textSizeBytes(text) > limits.textSizeBytes) return 'too_large';
  const attachments = value.attachments
    .slice(0, limits.blobsPerMessage)
    .flatMap((one) => decodeAttachment(one) ?? []);
  const isAlone = text === '' && attachments.length === 0;
  const sticker = isAlone && value.sticker !== undefined ? soundSticker(value.sticker) : null;
  if (isBlank(text) && attachments.length === 0 && sticker === null) return 'malformed';
  return {
    text,
    replyTo: decodeRef(value.replyTo),
    mentions: decodeMentions(text, value.mentions),
    attachments,
    sticker,
    stickerImage: sticker === null ? null : decodeStickerImage(value.sticker?.image),
    preview: value.preview === undefined ? null : soundPreview(value.preview, text),
    forwarded,
    silent,
  };
}

/** It is fetched and shown without anybody having asked for it, so it is as small as those of packs, and no file. */
function decodeStickerImage(encoded: Attachment | undefined): AttachmentContent | null {
  const image = encoded === undefined ? null : decodeAttachment(encoded);
  if (image === null || image.sizeBytes > limits.stickerSizeBytes || image.views > 0) return null;
  return { ...image, kind: 'photo' };
}

/** As a message's content; `text` may be left out of what is stored beside it. */
export function encodeTextContent(sentAtMs: number, content: TextContent): Uint8Array {
  const { text, silent, attachments, sticker, stickerImage } = content;
  return toBinary(
    ContentSchema,
    create(ContentSchema, {
      sentAtMs: BigInt(sentAtMs),
      silent,
      kind: {
        case: 'text',
        value: {
          ...encodedParts(content),
          text,
          attachments: attachments.map(encodeAttachment),
          ...(sticker === null || stickerImage === null
            ? {}
            : { sticker: { ...sticker, image: encodeAttachment(stickerImage) } }),
        },
      },
    }),
  );
}

/** Null where there is nothing to store beside the text. */
export function encodeParts(parts: TextParts): Uint8Array | null {
  const { silent } = parts;
  const value = create(TextSchema, encodedParts(parts));
  const encoded = toBinary(ContentSchema, create(ContentSchema, { silent, kind: { case: 'text', value } }));
  // An empty Text is its tag and a length of zero.
  return encoded.length <= 2 ? null : encoded;
}

/** What `encodeParts` made of a text: it was checked then. */
export function decodeParts(text: string, encoded: Uint8Array | null): TextParts {
  if (encoded === null) return noParts;
  const content = decodeMessage(ContentSchema, encoded);
  if (content?.kind.case !== 'text') return noParts;
  const { replyTo, mentions, sticker, preview, forwarded } = content.kind.value;
  return {
    replyTo: decodeRef(replyTo),
    mentions: decodeMentions(text, mentions),
    sticker: sticker === undefined ? null : stickerName(sticker),
    preview: preview === undefined ? null : previewParts(preview),
    forwarded,
    silent: content.silent,
  };
}

function encodedParts({ replyTo, mentions, sticker, preview, forwarded }: TextParts) {
  const parts: MessageInitShape<typeof TextSchema> = {
    mentions: encodeMentions(mentions),
    forwarded,
    ...(replyTo === null ? {} : { replyTo: encodeRef(replyTo) }),
    ...(sticker === null ? {} : { sticker }),
    ...(preview === null ? {} : { preview }),
  };
  return parts;
}

const stickerName = ({ pack, sticker, emoji }: StickerName): StickerName => ({ pack, sticker, emoji });
const previewParts = ({ url, title, description, thumbnail }: LinkPreview): LinkPreview => ({
  url,
  title,
  description,
  thumbnail,
});

/** Null where it names none. */
export function soundSticker({ pack, sticker, emoji }: StickerName): StickerName | null {
  const isNamed = [pack, sticker].every((name) => name !== '' && name.length <= stickerNameLength);
  return isNamed ? { pack, sticker, emoji: isEmoji(emoji) ? emoji : '' } : null;
}

/** Null where it is not of an address in the text: it would say of one what is behind another. */
export function soundPreview(preview: LinkPreview, text: string): LinkPreview | null {
  const { url, title, description, thumbnail } = preview;
  if (url.length > previewLength.url || !/^https?:\/\//i.test(url) || !text.includes(url)) return null;
  if (URL.parse(url) === null || (title === '' && description === '')) return null;
  return {
    url,
    title: title.slice(0, previewLength.title).toWellFormed(),
    description: description.slice(0, previewLength.description).toWellFormed(),
    thumbnail: isThumbnail(thumbnail) ? thumbnail : new Uint8Array(0),
  };
}
