/**
 * Attachments as messages name them (content.proto, Attachment), checked. Invariant: what is not within the limits never
 * becomes an `AttachmentContent`, so nothing behind this needs to look again.
 */
import { create } from '@bufbuild/protobuf';
import { attachmentKeySizeBytes, isAttachmentSize, type Provider } from '@sotto/crypto';
import { type Attachment, AttachmentSchema, AttachmentKind as EncodedKind, limits } from '@sotto/protocol';
import type { AttachmentKind, NewAttachment } from '../apiMedia.ts';
import { safeFileName } from './fileName.ts';
import { claimedMediaType } from './mediaTypes.ts';
import { pictureSize } from './pictureSize.ts';

const thumbnailSizeBytes = 16 * 1024;
const thumbnailPixels = 1024;
const placeholderSizeBytes = 32;
const waveformLength = 100;
const maxPixels = 100_000;
const maxDurationMs = 30 * 24 * 3_600_000;
const blobIdSizeBytes = 32;

export interface AttachmentContent {
  /** SHA-256 of the ciphertext, hexadecimal; null while it is not sealed yet. */
  readonly blobId: string | null;
  /** 32 bytes; all zero once it was dropped (viewLimit.ts). */
  readonly key: Uint8Array;
  readonly sizeBytes: number;
  readonly kind: AttachmentKind;
  readonly name: string;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  readonly thumbnail: Uint8Array;
  readonly placeholder: Uint8Array;
  readonly waveform: Uint8Array;
  /** How often each account may look at it; 0: no limit. */
  readonly views: number;
}

const kinds: readonly (readonly [AttachmentKind, EncodedKind])[] = [
  ['file', EncodedKind.FILE],
  ['photo', EncodedKind.PHOTO],
  ['video', EncodedKind.VIDEO],
  ['voice', EncodedKind.VOICE],
  ['audio', EncodedKind.AUDIO],
];

/** How often something can be looked at, where it is limited; 0: it is not. */
function isViewLimit(views: number): boolean {
  return Number.isInteger(views) && views >= 0 && views <= limits.viewsPerAttachment;
}

/** A new file's place in a message: a key of its own, and what the page says of it, cut to the limits. */
export function newAttachment(provider: Provider, given: NewAttachment): AttachmentContent {
  return {
    blobId: null,
    key: provider.randomBytes(attachmentKeySizeBytes),
    sizeBytes: given.source.size,
    kind: given.kind,
    // What cannot be goes under the strictest: others would leave the file out.
    views: given.kind === 'file' ? 0 : isViewLimit(given.views) ? given.views : 1,
    ...described(given),
  };
}

/** Null where it cannot be one. `isStored`: from this device's database, where it may not be sealed yet. */
export function decodeAttachment(encoded: Attachment, isStored = false): AttachmentContent | null {
  const { blobId, key } = encoded;
  const sizeBytes = Number(encoded.sizeBytes);
  if (blobId.length !== blobIdSizeBytes && !(isStored && blobId.length === 0)) return null;
  if (key.length !== attachmentKeySizeBytes || !isAttachmentSize(sizeBytes)) return null;
  // Shown without a limit it would stay, and shown under another one nobody would have meant it so.
  if (!isViewLimit(encoded.views)) return null;
  return {
    blobId: blobId.length === 0 ? null : blobId.toHex(),
    key,
    sizeBytes,
    // Kinds of a later version are files like any other.
    kind: kinds.find(([, kind]) => kind === encoded.kind)?.[0] ?? 'file',
    views: encoded.views,
    ...described(encoded),
  };
}

export function encodeAttachment(content: AttachmentContent): Attachment {
  return create(AttachmentSchema, {
    ...content,
    blobId: content.blobId === null ? new Uint8Array(0) : Uint8Array.fromHex(content.blobId),
    sizeBytes: BigInt(content.sizeBytes),
    kind: kinds.find(([kind]) => kind === content.kind)?.[1] ?? EncodedKind.FILE,
  });
}

type Description = Pick<
  NewAttachment,
  'name' | 'mediaType' | 'width' | 'height' | 'durationMs' | 'thumbnail' | 'placeholder' | 'waveform'
>;

function described(said: Description): Description {
  return {
    name: safeFileName(said.name),
    mediaType: claimedMediaType(said.mediaType),
    width: Math.min(said.width, maxPixels),
    height: Math.min(said.height, maxPixels),
    durationMs: Math.min(said.durationMs, maxDurationMs),
    thumbnail: isThumbnail(said.thumbnail) ? said.thumbnail : new Uint8Array(0),
    placeholder: said.placeholder.length <= placeholderSizeBytes ? said.placeholder : new Uint8Array(0),
    waveform: said.waveform.subarray(0, waveformLength),
  };
}

/** Small in bytes and in pixels: it is decoded without anybody having asked for it. */
export function isThumbnail(bytes: Uint8Array, limitBytes = thumbnailSizeBytes): boolean {
  if (bytes.length > limitBytes) return false;
  const size = pictureSize(bytes);
  return (
    size !== null && Math.max(size.width, size.height) <= thumbnailPixels && size.width * size.height > 0
  );
}
