import type { AccountView, MessageView } from '../api.ts';

/** What an export is made from: everything a device can show. */
export interface ExportSource {
  readonly account: AccountView;
  readonly madeAtMs: number;
  readonly conversations: readonly ExportedConversation[];
}
export interface ExportedConversation {
  readonly conversationId: string;
  readonly title: string;
  readonly members: readonly AccountView[];
  readonly messageCount: number;
  /** All its messages, oldest first, a page at a time; read anew with every call. */
  pages(): Iterable<readonly MessageView[]>;
}

const lastDateMs = 8.64e15;

/** A moment that another device claims, within what a date can be. */
export function dateOf(timeMs: number): Date {
  return new Date(Math.min(Math.max(timeMs, -lastDateMs), lastDateMs) || 0);
}
