import { createContext, useContext } from 'react';
import type { MessageView, TransactionId } from '../sotto.ts';

/** Where a menu or a picker stands, in the window. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** Then its first item has the focus at once. */
  readonly byKeyboard: boolean;
}
export type ThreadDialog =
  | { readonly kind: 'forward' | 'delete'; readonly messages: readonly MessageView[] }
  | { readonly kind: 'info' | 'versions' | 'reactions'; readonly message: MessageView }
  | { readonly kind: 'pins' | 'date' | 'scheduled' };

/** What rows, menus and dialogs of a thread can ask of it. The same object as long as the thread is open. */
export interface ThreadActions {
  reply(message: MessageView): void;
  edit(message: MessageView): void;
  editLast(): void;
  /** Own reaction: taken away where it is this one. */
  react(message: MessageView, emoji: string): void;
  openMenu(message: MessageView, at: Point): void;
  openReactionPicker(message: MessageView, at: Point): void;
  show(dialog: ThreadDialog): void;
  select(message: MessageView): void;
  copy(messages: readonly MessageView[]): void;
  setPinned(message: MessageView, pinned: boolean): void;
  setStarred(message: MessageView, starred: boolean): void;
  /** Shows the message at this place, wherever it is. */
  jump(order: number): void;
  /** Shows what was written here, as soon as it is in the thread, from wherever one was. */
  showSent(messageId: TransactionId): void;
  /** Tells what was done, or why it was not, to everybody. */
  tell(sentence: string): void;
}

export const ThreadActionsContext = createContext<ThreadActions | null>(null);

/** Only below a thread. */
export function useThreadActions(): ThreadActions {
  const actions = useContext(ThreadActionsContext);
  if (actions === null) throw new Error('useThreadActions needs a thread above');
  return actions;
}
