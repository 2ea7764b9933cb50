import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import type { ComposerHandle } from '../composer/Composer.tsx';
import { useGone } from '../disappearing/usePresence.ts';
import { noteUsed } from '../emoji/emojiChoice.ts';
import type { ConversationView, MessageView, TransactionId } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { changeProblemSentence } from './changeProblem.ts';
import type { Point, ThreadActions, ThreadDialog } from './ThreadActions.ts';

export interface ThreadState {
  readonly actions: ThreadActions;
  readonly composer: RefObject<ComposerHandle | null>;
  /** The loaded messages, as they were last shown. */
  readonly shown: RefObject<readonly MessageView[]>;
  readonly menu: { readonly message: MessageView; readonly at: Point } | null;
  readonly picker: { readonly message: MessageView; readonly at: Point } | null;
  readonly dialog: ThreadDialog | null;
  readonly editing: MessageView | null;
  /** Null: nothing is being selected. */
  readonly selection: ReadonlyMap<TransactionId, MessageView> | null;
  readonly jump: { readonly order: number; readonly count: number } | null;
  /** What was written here last. */
  readonly sent: TransactionId | null;
  readonly told: string | null;
  closeMenu(): void;
  closePicker(): void;
  closeDialog(): void;
  stopEditing(): void;
  stopSelecting(): void;
  /** Focuses a message, where it is in the page. */
  focusMessage(messageId: TransactionId): void;
}

const toldMs = 4000;

/** What is open in a thread, and what its rows, menus and dialogs do. */
export function useThreadState(conversation: ConversationView): ThreadState {
  const sotto = useSotto();
  const { conversationId } = conversation;
  const composer = useRef<ComposerHandle>(null);
  const shown = useRef<readonly MessageView[]>([]);
  const [menu, setMenu] = useState<ThreadState['menu']>(null);
  const [picker, setPicker] = useState<ThreadState['picker']>(null);
  const [dialog, setDialog] = useState<ThreadDialog | null>(null);
  const [editing, setEditing] = useState<MessageView | null>(null);
  const [selection, setSelection] = useState<ThreadState['selection']>(null);
  const [jump, setJump] = useState<ThreadState['jump']>(null);
  const [sent, setSent] = useState<ThreadState['sent']>(null);
  const [told, setTold] = useState<string | null>(null);

  useEffect(() => {
    if (told === null) return;
    const timer = setTimeout(() => setTold(null), toldMs);
    return () => clearTimeout(timer);
  }, [told]);

  // Whatever shows something of a message goes with it.
  const held = [
    ...[menu?.message, picker?.message, editing].filter((message) => message != null),
    ...(selection?.values() ?? []),
    ...messagesOf(dialog),
  ];
  useGone(conversationId, held, (gone) => {
    const isGone = (message: MessageView | null | undefined): boolean =>
      message != null && gone.has(message.messageId);
    setMenu((now) => (isGone(now?.message) ? null : now));
    setPicker((now) => (isGone(now?.message) ? null : now));
    setEditing((now) => (isGone(now) ? null : now));
    setDialog((now) => (messagesOf(now).some(isGone) ? null : now));
    setSelection((now) => {
      const left = new Map([...(now ?? [])].filter(([messageId]) => !gone.has(messageId)));
      return left.size === 0 ? null : left;
    });
  });

  const actions = useMemo((): ThreadActions => {
    const settle = (
      command: Promise<Awaited<ReturnType<typeof sotto.react>> | undefined>,
      done?: string,
    ): void => {
      command.then(
        (outcome) => {
          if (outcome?.kind === 'problem') setTold(changeProblemSentence(outcome.problem));
          else if (done !== undefined) setTold(done);
        },
        () => setTold(words.problem.unexpected),
      );
    };
    return {
      reply(message) {
        setEditing(null);
        composer.current?.reply(message);
      },
      edit(message) {
        setSelection(null);
        setEditing(message);
      },
      editLast() {
        const last = shown.current.findLast(
          ({ mine, state, body }) => mine && state === 'sent' && body.kind === 'text',
        );
        if (last?.body.kind === 'text' && last.body.sticker === null) setEditing(last);
      },
      react(message, emoji) {
        const given = message.reactions.some((reaction) => reaction.mine && reaction.emoji === emoji);
        if (!given) noteUsed(emoji);
        settle(sotto.react(conversationId, message.messageId, given ? null : emoji));
      },
      openMenu: (message, at) => setMenu({ message, at }),
      openReactionPicker: (message, at) => setPicker({ message, at }),
      show: setDialog,
      select(message) {
        setSelection((now) => {
          const next = new Map(now);
          if (!next.delete(message.messageId)) next.set(message.messageId, message);
          return next;
        });
      },
      copy(messages) {
        const texts = messages.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : []));
        navigator.clipboard.writeText(texts.join('\n')).then(
          () => setTold(words.messaging.actions.copied),
          () => setTold(words.messaging.actions.copyFailed),
        );
      },
      setPinned: (message, pinned) => settle(sotto.pinMessage(conversationId, message.messageId, pinned)),
      setStarred: (message, starred) =>
        settle(sotto.starMessage(conversationId, message.messageId, starred).then(() => undefined)),
      jump(order) {
        setDialog(null);
        setJump((before) => ({ order, count: (before?.count ?? 0) + 1 }));
      },
      showSent: setSent,
      tell: setTold,
    };
  }, [sotto, conversationId]);

  return {
    actions,
    composer,
    shown,
    menu,
    picker,
    dialog,
    editing,
    selection,
    jump,
    sent,
    told,
    closeMenu: () => setMenu(null),
    closePicker: () => setPicker(null),
    closeDialog: () => setDialog(null),
    stopEditing: () => setEditing(null),
    stopSelecting: () => setSelection(null),
    focusMessage: (messageId) =>
      document.querySelector<HTMLElement>(`[data-message="${messageId}"]`)?.focus({ preventScroll: true }),
  };
}

function messagesOf(dialog: ThreadDialog | null): readonly MessageView[] {
  if (dialog === null) return [];
  if ('messages' in dialog) return dialog.messages;
  return 'message' in dialog ? [dialog.message] : [];
}
