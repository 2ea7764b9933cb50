/**
 * Where a message is written, or one's own is changed. Enter sends; with a touch keyboard Enter makes a new line and the
 * button sends. Long because the field, its keys and what stands around it are one thing; its parts are beside it.
 */
import {
  type KeyboardEvent,
  lazy,
  type Ref,
  Suspense,
  useEffect,
  useEffectEvent,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { TimerChip } from '../disappearing/TimerChip.tsx';
import { useGone } from '../disappearing/usePresence.ts';
import { readTone } from '../emoji/emojiChoice.ts';
import { withTone } from '../emoji/emojiSet.ts';
import { loadEmoji } from '../emoji/loadEmoji.ts';
import { ComposerMedia } from '../media/attach/ComposerMedia.tsx';
import { VoiceButton } from '../media/voice/VoiceButton.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import {
  type ConversationView,
  limits,
  type MemberView,
  type MessageView,
  type NewMessage,
  type TransactionId,
} from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { useMediaQuery } from '../state/useMediaQuery.ts';
import { changeProblemSentence } from '../thread/changeProblem.ts';
import { useThreadActions } from '../thread/ThreadActions.ts';
import { words } from '../words.ts';
import { CompletionList } from './CompletionList.tsx';
import { ComposerTop } from './ComposerTop.tsx';
import { namedEmojiAt } from './completion.ts';
import './composer.css';
import { FormatBar, styleOfKeys } from './FormatBar.tsx';
import { mentionsOf } from './mentionsOf.ts';
import { SendMenu } from './SendMenu.tsx';
import { sendProblemSentence } from './sendProblem.ts';
import { quoteLines, type TextChange, toggleStyle } from './textMarks.ts';
import { noteChosen, type Suggestion, useCompletion } from './useCompletion.ts';
import { useDraft } from './useDraft.ts';
import { useLinkPreview } from './useLinkPreview.ts';
import { useTyping } from './useTyping.ts';

const ScheduleDialog = lazy(() => import('./ScheduleDialog.tsx'));
const ComposerEmoji = lazy(() => import('./ComposerEmoji.tsx'));

export interface ComposerHandle {
  reply(message: MessageView): void;
  focus(): void;
}
interface ComposerProps {
  ref: Ref<ComposerHandle>;
  conversation: ConversationView;
  members: readonly MemberView[];
  title: string;
  autoFocus: boolean;
  /** One's own message that is changed; null: a new one is written. */
  editing: MessageView | null;
  onEdited: () => void;
  onEditLast: () => void;
  findMessage: (messageId: TransactionId) => MessageView | undefined;
  scheduledCount: number;
  onShowScheduled: () => void;
}

const heightLimit = 180;
/** Browsers take minutes to lay out a text of megabytes: more than this is not taken in at all. */
const takenInLength = 2 * limits.textSizeBytes;
/** The counter appears when this part of the room is used. */
const counterFrom = 0.8;
const encoder = new TextEncoder();

export function Composer(props: ComposerProps) {
  const { conversation, members, title, autoFocus, editing, onEdited, findMessage } = props;
  const sotto = useSotto();
  const { showSent } = useThreadActions();
  const { conversationId } = conversation;
  const edited = editing?.body.kind === 'text' ? editing.body.text : null;
  const draft = useDraft(conversationId, edited);
  const { text, replyTo, setText, setReplyTo } = draft;
  const typing = useTyping(conversationId);
  const touch = useMediaQuery('(pointer: coarse)');
  const area = useRef<HTMLTextAreaElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [selection, setSelection] = useState({ start: 0, end: 0 });
  const [chosen, setChosen] = useState(0);
  /** Where a suggestion list was closed with Escape: it stays closed for that word. */
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const [menuOpen, setMenuOpen] = useState(false);
  const [scheduling, setScheduling] = useState(false);
  const [choosingEmoji, setChoosingEmoji] = useState(false);
  /** Goes into the text once the picker has let the focus go. */
  const pickedEmoji = useRef<string | null>(null);
  const noteId = useId();
  const listId = useId();
  const { preview, drop: dropPreview } = useLinkPreview(edited === null ? text : '');
  const { nameEveryone } = conversation.may;
  const { naming, suggestions } = useCompletion(text, selection.end, members, nameEveryone);
  const isNaming = naming !== null && suggestions.length > 0 && naming.start !== closedAt;
  const suggested = Math.min(chosen, suggestions.length - 1);

  const answered = replyTo === null ? undefined : findMessage(replyTo);
  useGone(conversationId, answered === undefined ? [] : [answered], () => setReplyTo(null));

  const left = limits.textSizeBytes - sizeBytes(text);
  const near = left < limits.textSizeBytes * (1 - counterFrom);
  const over = left < 0;
  const isEmpty = text.trim() === '';

  useImperativeHandle(props.ref, () => ({
    reply(message) {
      setReplyTo(message.messageId);
      area.current?.focus();
    },
    focus: () => area.current?.focus(),
  }));

  useEffect(() => {
    const field = area.current;
    if (!autoFocus || field === null) return;
    field.focus({ preventScroll: true });
    field.setSelectionRange(field.value.length, field.value.length);
  }, [autoFocus]);

  // Grows with its text up to a limit, then scrolls.
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = 'auto';
    if (text !== '') element.style.height = `${Math.min(element.scrollHeight, heightLimit)}px`;
  }, [text]);

  /** As if it had been typed, so that the browser can undo it. */
  const change = ({ start, end, text: inserted, ...next }: TextChange): void => {
    const field = area.current;
    if (field === null) return;
    field.focus();
    field.setSelectionRange(start, end);
    if (!document.execCommand('insertText', false, inserted)) {
      field.setRangeText(inserted, start, end, 'end');
      setText(field.value);
    }
    field.setSelectionRange(next.selectionStart, next.selectionEnd);
    setSelection({ start: next.selectionStart, end: next.selectionEnd });
  };
  const insert = (inserted: string, start: number, end: number): void =>
    change({
      start,
      end,
      text: inserted,
      selectionStart: start + inserted.length,
      selectionEnd: start + inserted.length,
    });
  const leavePicker = useEffectEvent(() => {
    if (pickedEmoji.current === null) area.current?.focus();
    else insert(pickedEmoji.current, selection.start, selection.end);
    pickedEmoji.current = null;
  });
  const wasChoosing = useRef(false);
  useEffect(() => {
    if (wasChoosing.current && !choosingEmoji) leavePicker();
    wasChoosing.current = choosingEmoji;
  }, [choosingEmoji]);
  const choose = (suggestion: Suggestion): void => {
    if (naming === null) return;
    noteChosen(suggestion);
    setChosen(0);
    insert(suggestion.inserted, naming.start, selection.end);
  };

  const save = async (): Promise<void> => {
    if (editing === null) return;
    const next = text.trim();
    if (next === edited) {
      onEdited();
      return;
    }
    const mentions = mentionsOf(next, members, nameEveryone);
    try {
      const outcome = await sotto.editMessage(conversationId, editing.messageId, next, mentions);
      if (outcome.kind === 'ok') onEdited();
      else setProblem(changeProblemSentence(outcome.problem));
    } catch {
      setProblem(words.problem.unexpected);
    }
  };

  const send = async (way: Pick<NewMessage, 'silent' | 'sendAtMs'> = {}): Promise<void> => {
    const sent = text.trim();
    if (over) return;
    if (editing !== null) {
      await save();
      return;
    }
    if (sent === '') return;
    const mentions = mentionsOf(sent, members, nameEveryone);
    draft.clear();
    typing.stop();
    setProblem(null);
    area.current?.focus({ preventScroll: true });
    try {
      const outcome = await sotto.sendMessage(conversationId, {
        text: sent,
        ...(replyTo === null ? {} : { replyTo }),
        ...(mentions.length === 0 ? {} : { mentions }),
        ...(preview === null ? {} : { preview }),
        ...way,
      });
      if (outcome.kind === 'ok') {
        if (way.sendAtMs === undefined) showSent(outcome.value);
        return;
      }
      if (outcome.problem.kind === 'empty') return;
      setProblem(sendProblemSentence(outcome.problem));
    } catch {
      setProblem(words.composer.failed);
    }
    setText((now) => (now === '' ? sent : now));
    setReplyTo(replyTo);
  };

  const takeIn = (event: { preventDefault: () => void }, data: DataTransfer | null): void => {
    const { length } = data?.getData('text/plain') ?? '';
    if (text.length + length <= takenInLength) return;
    event.preventDefault();
    setProblem(words.composer.pasteTooLong(length));
  };

  /** Whether the key was one of the suggestions'. */
  const walkSuggestions = (event: KeyboardEvent): boolean => {
    if (!isNaming) return false;
    const { length } = suggestions;
    switch (event.key) {
      case 'ArrowDown':
        setChosen((suggested + 1) % length);
        return true;
      case 'ArrowUp':
        setChosen((suggested + length - 1) % length);
        return true;
      case 'Enter':
      case 'Tab':
        choose(suggestions[suggested]!);
        return true;
      case 'Escape':
        setClosedAt(naming.start);
        return true;
      default:
        return false;
    }
  };

  const keyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (!event.shiftKey && walkSuggestions(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const style = styleOfKeys(event);
    if (style !== null) {
      event.preventDefault();
      change(toggleStyle(text, selection.start, selection.end, style));
    } else if (event.key === 'Escape' && (editing !== null || replyTo !== null)) {
      event.preventDefault();
      event.stopPropagation();
      if (editing !== null) onEdited();
      else setReplyTo(null);
    } else if (event.key === 'ArrowUp' && text === '' && editing === null) {
      event.preventDefault();
      props.onEditLast();
    } else if (event.key === 'Enter' && !event.shiftKey && !touch) {
      event.preventDefault();
      send();
    }
  };

  const changed = (field: HTMLTextAreaElement): void => {
    setText(field.value);
    setSelection({ start: field.selectionStart, end: field.selectionEnd });
    setChosen(0);
    setClosedAt(null);
    setProblem(null);
    typing.wrote(field.value !== '' && editing === null);
    const named = namedEmojiAt(field.value, field.selectionEnd);
    if (named !== null) replaceNamed(field, named.text, named.start, field.selectionEnd);
  };
  /** `:name:` becomes its emoji as soon as it is closed. */
  const replaceNamed = (field: HTMLTextAreaElement, name: string, start: number, end: number): void => {
    const typed = field.value;
    loadEmoji().then(
      ({ all }) => {
        const entry = all.find(({ names }) => names.includes(name.toLowerCase()));
        if (entry !== undefined && field.value === typed) insert(withTone(entry, readTone()), start, end);
      },
      () => undefined,
    );
  };

  const note = over ? words.composer.tooLong : problem;
  const { messaging } = words;
  const isSelected = selection.start !== selection.end;
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {isNaming && (
        <CompletionList
          id={listId}
          kind={naming.kind}
          suggestions={suggestions}
          chosen={suggested}
          onChoose={choose}
        />
      )}
      <ComposerTop
        editing={editing}
        onStopEditing={onEdited}
        replyTo={replyTo}
        answered={answered}
        onDropReply={() => {
          setReplyTo(null);
          area.current?.focus();
        }}
        preview={preview}
        onDropPreview={dropPreview}
        scheduledCount={props.scheduledCount}
        onShowScheduled={props.onShowScheduled}
      />
      {editing === null && <TimerChip conversation={conversation} />}
      <div className="composer-note" id={noteId}>
        <span role="alert">{note}</span>
        {near && (
          <span className="composer-count" data-over={over}>
            {over ? words.composer.over(-left) : words.composer.left(left)}
          </span>
        )}
      </div>
      {isSelected && (
        <FormatBar
          onStyle={(style) => change(toggleStyle(text, selection.start, selection.end, style))}
          onQuote={() => change(quoteLines(text, selection.start, selection.end))}
        />
      )}
      <div className="composer-box">
        {editing === null && (
          <ComposerMedia
            conversationId={conversationId}
            text={text}
            onText={setText}
            replyTo={replyTo}
            onSent={draft.clear}
          />
        )}
        <textarea
          ref={area}
          id="composer"
          rows={1}
          dir="auto"
          value={text}
          placeholder={words.composer.placeholder}
          aria-label={editing === null ? words.composer.label(title) : messaging.edit.title}
          aria-describedby={noteId}
          aria-invalid={over}
          aria-autocomplete="list"
          aria-controls={isNaming ? listId : undefined}
          aria-activedescendant={isNaming ? `${listId}-${suggested}` : undefined}
          enterKeyHint={touch ? 'enter' : 'send'}
          autoComplete="off"
          onChange={(event) => changed(event.target)}
          onSelect={({ currentTarget }) =>
            setSelection({ start: currentTarget.selectionStart, end: currentTarget.selectionEnd })
          }
          onBlur={({ relatedTarget }) => {
            typing.stop();
            // The bar of styles acts on what stays selected.
            if (relatedTarget?.closest('.formatBar') == null)
              setSelection(({ end }) => ({ start: end, end }));
          }}
          onPaste={(event) => takeIn(event, event.clipboardData)}
          onDrop={(event) => takeIn(event, event.dataTransfer)}
          onKeyDown={keyDown}
        />
        <IconButton
          icon="smile"
          label={messaging.emoji.open}
          className="composer-emoji"
          aria-haspopup="dialog"
          aria-expanded={choosingEmoji}
          onClick={() => setChoosingEmoji(!choosingEmoji)}
        />
        {!isEmpty && editing === null && (
          <SendMenu
            open={menuOpen}
            onOpenChange={setMenuOpen}
            onSilent={() => void send({ silent: true })}
            onSchedule={(sendAtMs) => void send({ sendAtMs })}
            onChooseTime={() => setScheduling(true)}
          />
        )}
        {isEmpty && editing === null ? (
          <VoiceButton conversationId={conversationId} replyTo={replyTo} onSent={draft.clear} />
        ) : (
          <button
            type="submit"
            className="iconButton composer-send"
            aria-label={editing === null ? words.composer.send : messaging.edit.save}
            title={editing === null ? words.composer.send : messaging.edit.save}
            aria-disabled={isEmpty || over}
            // Keeps the on-screen keyboard open.
            onMouseDown={(event) => event.preventDefault()}
            onContextMenu={(event) => {
              event.preventDefault();
              if (!isEmpty && editing === null) setMenuOpen(true);
            }}
          >
            <Icon name={editing === null ? 'send' : 'check'} />
          </button>
        )}
      </div>
      <Suspense>
        {choosingEmoji && (
          <ComposerEmoji
            conversationId={conversationId}
            replyTo={replyTo}
            onSent={() => setReplyTo(null)}
            onChoose={(emoji) => {
              pickedEmoji.current = emoji;
            }}
            onClose={() => setChoosingEmoji(false)}
          />
        )}
        {scheduling && (
          <ScheduleDialog
            onChoose={(sendAtMs) => {
              setScheduling(false);
              void send({ sendAtMs });
            }}
            onClose={() => setScheduling(false)}
          />
        )}
      </Suspense>
    </form>
  );
}

/** UTF-8 size; counted only where it could matter. */
function sizeBytes(text: string): number {
  return text.length * 3 < limits.textSizeBytes * counterFrom ? text.length : encoder.encode(text).length;
}
