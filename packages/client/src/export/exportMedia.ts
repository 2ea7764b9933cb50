/**
 * Files of messages in an export (spec/search.md §Export): what is not on the device is fetched, and what cannot be had is said by
 * name, with the reason. Invariant: a file begins in the archive only once all of it can be read.
 */
import type {
  AttachmentFault,
  AttachmentProblem,
  AttachmentRef,
  AttachmentView,
  MessageView,
} from '../api.ts';
import { safeFileName } from '../attachments/fileName.ts';
import type { ArchiveFile } from './archive.ts';
import type { ExportedConversation } from './exportSource.ts';

/** As `readAttachment`. */
export type ReadMedia = (
  attachment: AttachmentRef,
  start: number,
  end: number,
) => Promise<Uint8Array | AttachmentProblem['kind']>;
export type MissingMedia = AttachmentProblem['kind'] | 'leftOut' | 'viewLimited';
export type MediaPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'missing'; readonly reason: MissingMedia };

const pieceSizeBytes = 1024 * 1024;

/** `read` null: files are left out. */
export class ExportMedia {
  readonly #read: ReadMedia | null;
  readonly #told: (part: number) => void;
  /** By path. */
  readonly #missing = new Map<string, MissingMedia>();

  /** `told`: how much is done of the file that is being read, up to 1. */
  constructor(read: ReadMedia | null, told: (part: number) => void) {
    this.#read = read;
    this.#told = told;
  }

  /** All files of these conversations; once they were read `placeOf` is right. */
  async *files(conversations: readonly ExportedConversation[]): AsyncGenerator<ArchiveFile | null> {
    const read = this.#read;
    if (read === null) return;
    for (const [chat, { conversationId, pages }] of conversations.entries()) {
      for (const page of pages()) {
        for (const message of page) {
          for (const [index, view] of attachmentsOf(message).entries()) {
            const ref = { conversationId, messageId: message.messageId, index } as AttachmentRef;
            const path = pathOf(chat, message, index, view);
            const fault = view.views === null ? yield* this.#fetch(read, ref, view) : 'viewLimited';
            if (fault !== null) this.#missing.set(path, fault);
            else yield { name: path, isText: false, content: this.#content(read, ref, view, path) };
            this.#told(1);
          }
        }
      }
    }
  }

  placeOf(chat: number, message: MessageView, index: number, view: AttachmentView): MediaPlace {
    if (this.#read === null) return { kind: 'missing', reason: 'leftOut' };
    const path = pathOf(chat, message, index, view);
    const reason = this.#missing.get(path);
    return reason === undefined ? { kind: 'file', path } : { kind: 'missing', reason };
  }

  /** Gives null until all of it is on this device; then null, or why it cannot be. */
  async *#fetch(
    read: ReadMedia,
    ref: AttachmentRef,
    { sizeBytes, transfer }: AttachmentView,
  ): AsyncGenerator<null, AttachmentProblem['kind'] | null> {
    if (transfer.kind === 'here') return null;
    for (let at = 0; at < sizeBytes; at += pieceSizeBytes) {
      const end = Math.min(at + pieceSizeBytes, sizeBytes);
      const piece = await read(ref, at, end);
      if (typeof piece === 'string') return piece;
      this.#told(end / sizeBytes / 2);
      yield null;
    }
    return null;
  }

  async *#content(
    read: ReadMedia,
    ref: AttachmentRef,
    { sizeBytes }: AttachmentView,
    path: string,
  ): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < sizeBytes; at += pieceSizeBytes) {
      const end = Math.min(at + pieceSizeBytes, sizeBytes);
      const piece = await read(ref, at, end);
      if (typeof piece === 'string') {
        // It was let go of in between: what is in the archive of it is not all.
        this.#missing.set(path, piece);
        return;
      }
      this.#told((1 + at / sizeBytes) / 2);
      yield piece;
    }
  }
}

export function attachmentsOf({ body }: MessageView): readonly AttachmentView[] {
  return body.kind === 'text' ? body.attachments : [];
}

/** Apart from all others, and none of it by the sender's word but the name, which is one component. */
function pathOf(chat: number, { order }: MessageView, index: number, { name }: AttachmentView): string {
  return `media/${chat + 1}/${order}-${index} ${safeFileName(name)}`;
}

const faults: Readonly<Record<AttachmentFault, string>> = {
  gone: 'the server no longer has it',
  damaged: 'what the server gave is not what was sent',
  quotaFull: 'it was not sent',
  unavailable: 'it was not sent',
  tooLarge: 'it was not sent',
  noSpace: 'the exporting device had no room for it',
  sourceGone: 'it was not sent',
  offline: 'the server was out of reach',
};

export function missingSentence(reason: MissingMedia): string {
  switch (reason) {
    case 'leftOut':
      return 'files were left out';
    case 'viewLimited':
    case 'opened':
      return 'it can be looked at only so often';
    case 'unknownMessage':
    case 'malformed':
      return 'it could not be read';
    default:
      return faults[reason];
  }
}
