import type { ConversationId, TransactionId } from '@sotto/protocol';
import type { MessageView, Outcome } from './api.ts';

/** Commands about attachments and stickers: part of `SottoApi`. Attachments are named by message and place in it. */
export interface MediaApi {
  /** Stops sending, or fetching, for now; this stays so over restarts. */
  pauseTransfer(attachment: AttachmentRef): Promise<void>;
  /** Goes on; also tries again what failed. */
  resumeTransfer(attachment: AttachmentRef): Promise<void>;
  /** Own waiting messages: the message is discarded. Others: what was fetched is let go. */
  cancelTransfer(attachment: AttachmentRef): Promise<void>;
  /** Fetches it wholly, to be here without a connection. Progress shows in the message's view. */
  fetchAttachment(attachment: AttachmentRef): Promise<Outcome<null, AttachmentProblem>>;
  /**
   * Bytes from `start` to `end` (at most 4 MiB), fetched where they are not here. What is limited: only while it is
   * open (`beginView`).
   */
  readAttachment(
    attachment: AttachmentRef,
    start: number,
    end: number,
  ): Promise<Outcome<Uint8Array, AttachmentProblem>>;
  /**
   * Begins one look at what can be looked at so many times (`ViewsView`): it is counted on all of the account's devices, the
   * sender is told, and `endView` ends it. `opened`: there is none left, it is open already, or it is an own message.
   */
  beginView(
    conversationId: ConversationId,
    messageId: TransactionId,
  ): Promise<Outcome<null, AttachmentProblem>>;
  endView(conversationId: ConversationId, messageId: TransactionId): Promise<void>;
  /** What was sent in a conversation, the newest first. */
  readGallery(query: GalleryQuery): Promise<GalleryPage>;
  /** Bytes of fetched files kept on this device; they can be fetched again. */
  readStorage(): Promise<StorageView>;
  clearFetched(): Promise<void>;
  setFetchLimit(sizeBytes: number): Promise<void>;
  /** A link part for `#stickers=` to a pack made of these pictures (WebP or PNG, at most 64 kB each, at most 200). */
  createStickerPack(pack: NewStickerPack): Promise<Outcome<{ link: string }, AttachmentProblem>>;
  /** What a pack has, before or after it is installed. */
  readStickerPack(link: string): Promise<Outcome<StickerPackView, AttachmentProblem>>;
  /** On all of the account's devices. `tooLarge`: it has as many as it can have (50). */
  installStickerPack(link: string, installed: boolean): Promise<Outcome<null, AttachmentProblem>>;
  /** Installed packs, the last one first. */
  listStickerPacks(): Promise<readonly PackSummaryView[]>;
}

/** `AttachmentRef.index` of the picture of a message's sticker. */
export const stickerIndex = 1000;

export interface AttachmentRef {
  readonly conversationId: ConversationId;
  readonly messageId: TransactionId;
  readonly index: number;
}
export type AttachmentKind = 'file' | 'photo' | 'video' | 'voice' | 'audio';
/** What the sender's page gives with a file. */
export interface NewAttachment {
  readonly source: Blob;
  readonly kind: AttachmentKind;
  readonly name: string;
  readonly mediaType: string;
  /** Photos and videos, in pixels; else 0. */
  readonly width: number;
  readonly height: number;
  /** Videos, voice and audio; else 0. */
  readonly durationMs: number;
  /** Small picture, at most 16 kB (WebP, JPEG or PNG); empty where there is none. */
  readonly thumbnail: Uint8Array;
  /** ThumbHash; empty where there is none. */
  readonly placeholder: Uint8Array;
  /** Voice: loudness 0 to 255, at most 100; else empty. */
  readonly waveform: Uint8Array;
  /** How often each of the others may look at it, 1 to 10; 0: as often as they want. What is out of range
   * counts as 1; files have no limit. */
  readonly views: number;
}
export interface AttachmentView {
  readonly kind: AttachmentKind;
  /** Fit to be shown and to name a file: no folders, no invisible signs. */
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  readonly thumbnail: Uint8Array;
  readonly placeholder: Uint8Array;
  readonly waveform: Uint8Array;
  /** Null: can be looked at as often as wanted. */
  readonly views: ViewsView | null;
  readonly transfer: TransferView;
}
/** A file that can be looked at so many times. */
export interface ViewsView {
  /** How often each account may, 1 to 10; its sender never. */
  readonly limit: number;
  /** `over`: this account has looked as often as it may; of own messages, everybody else has. */
  readonly state: 'closed' | 'open' | 'over';
  /** How often this account has looked; of own messages, how often the others have, all together. */
  readonly seen: number;
  /** Own messages: how many of the others have looked, of how many that can, which is 0 until it is sent. */
  readonly viewers: number;
  readonly recipients: number;
}
export type TransferView =
  /** At the server, to be fetched. */
  | { readonly kind: 'remote' }
  /** On this device, wholly. */
  | { readonly kind: 'here' }
  | {
      readonly kind: 'preparing' | 'uploading' | 'downloading';
      readonly doneBytes: number;
      readonly totalBytes: number;
      readonly paused: boolean;
    }
  | { readonly kind: 'failed'; readonly reason: AttachmentFault };
/**
 * `gone`: the server no longer has it. `damaged`: what the server gave is not what was sent. `quotaFull`: the account has
 * no room left at the server. `unavailable`: the server takes none now (its disk may be full); it is tried again by itself.
 * `noSpace`: this device has no room. `sourceGone`: the file can no longer be read here.
 */
export type AttachmentFault =
  | 'gone'
  | 'damaged'
  | 'quotaFull'
  | 'unavailable'
  | 'tooLarge'
  | 'noSpace'
  | 'sourceGone'
  | 'offline';
export type AttachmentProblem = {
  readonly kind: AttachmentFault | 'unknownMessage' | 'opened' | 'malformed';
};

export interface GalleryQuery {
  readonly conversationId: ConversationId;
  readonly kind: 'media' | 'files' | 'links' | 'voice';
  readonly beforeOrder?: number;
  readonly limit: number;
}
export interface GalleryPage {
  readonly messages: readonly MessageView[];
  readonly hasOlder: boolean;
}
export interface StorageView {
  readonly fetchedBytes: number;
  readonly limitBytes: number;
  /** At the server, of this account; null where it could not be asked. */
  readonly serverBytes: number | null;
  readonly serverQuotaBytes: number | null;
}

interface StickerName {
  /** Name of a built-in set, or the link part of a pack. */
  readonly pack: string;
  readonly sticker: string;
  readonly emoji: string;
}
export interface StickerView extends StickerName {
  /** Of a pack: its picture. Built-in ones are part of the app. */
  readonly image: Uint8Array;
}
/** Of a message. */
export interface SentStickerView extends StickerName {
  /** As the sender sent it, to be read at `stickerIndex`; null: it is built in, or only its emoji can be shown. */
  readonly picture: AttachmentView | null;
}
export interface NewStickerPack {
  readonly title: string;
  /** As who makes it calls themselves; may be empty. */
  readonly author: string;
  readonly stickers: readonly { readonly emoji: string; readonly image: Uint8Array }[];
}
export interface StickerPackView {
  readonly link: string;
  readonly title: string;
  readonly author: string;
  readonly installed: boolean;
  readonly stickers: readonly StickerView[];
}
export interface PackSummaryView {
  readonly link: string;
  /** Empty where it cannot be had now. */
  readonly title: string;
  readonly author: string;
  readonly count: number;
  /** Its first picture; may be empty. */
  readonly cover: Uint8Array;
  /** Why it cannot be had now, or null. */
  readonly problem: AttachmentProblem['kind'] | null;
}
