import type { AccountView, AttachmentView, MessageView } from '../api.ts';
import type { MediaPlace } from './exportMedia.ts';

/** What an export is made from: everything a device can show. */
export interface ExportSource {
  readonly account: AccountView;
  readonly madeAtMs: number;
  readonly conversations: readonly ExportedConversation[];
  /** Where a file of a message is in the archive; `chat` is its conversation's place in `conversations`. */
  placeOf(chat: number, message: MessageView, index: number, view: AttachmentView): MediaPlace;
}
export interface ExportedConversation {
  readonly conversationId: string;
  readonly title: string;
  readonly members: readonly AccountView[];
  readonly messageCount: number;
  /**
   * All its messages, oldest first, a page at a time; read anew with every call. `isCounted`: reading them is part of the
   * export's progress.
   */
  pages(isCounted?: boolean): Iterable<readonly MessageView[]>;
}

const lastDateMs = 8.64e15;

/** A moment that another device claims, within what a date can be. */
export function dateOf(timeMs: number): Date {
  return new Date(Math.min(Math.max(timeMs, -lastDateMs), lastDateMs) || 0);
}
