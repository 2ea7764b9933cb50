import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { IconButton } from '../parts/IconButton.tsx';
import { type ConversationId, limits } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { useMediaQuery } from '../state/useMediaQuery.ts';
import { words } from '../words.ts';
import './composer.css';
import { useDraft } from './useDraft.ts';
import { useTyping } from './useTyping.ts';

interface ComposerProps {
  conversationId: ConversationId;
  title: string;
  autoFocus: boolean;
}

const heightLimit = 180;
/** Browsers take minutes to lay out a text of megabytes: more than this is not taken in at all. */
const takenInLength = 2 * limits.textSizeBytes;
/** The counter appears when this part of the room is used. */
const counterFrom = 0.8;
const encoder = new TextEncoder();

/** Where a message is written. Enter sends; with a touch keyboard Enter makes a new line and the button sends. */
export function Composer({ conversationId, title, autoFocus }: ComposerProps) {
  const sotto = useSotto();
  const [text, setText, saveNow] = useDraft(conversationId);
  const typing = useTyping(conversationId);
  const touch = useMediaQuery('(pointer: coarse)');
  const area = useRef<HTMLTextAreaElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const noteId = useId();

  const left = limits.textSizeBytes - sizeBytes(text);
  const near = left < limits.textSizeBytes * (1 - counterFrom);
  const over = left < 0;

  useEffect(() => {
    if (autoFocus) area.current?.focus({ preventScroll: true });
  }, [autoFocus]);

  // Grows with its text up to a limit, then scrolls.
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = 'auto';
    if (text !== '') element.style.height = `${Math.min(element.scrollHeight, heightLimit)}px`;
  }, [text]);

  const send = async (): Promise<void> => {
    const sent = text.trim();
    if (sent === '' || over) return;
    setText('');
    saveNow('');
    typing.stop();
    setProblem(null);
    area.current?.focus({ preventScroll: true });
    try {
      const outcome = await sotto.sendText(conversationId, sent);
      if (outcome.kind === 'ok' || outcome.problem.kind === 'empty') return;
      setProblem(
        outcome.problem.kind === 'tooLong' ? words.composer.tooLong : words.composer.unknownConversation,
      );
    } catch {
      setProblem(words.composer.failed);
    }
    setText((now) => (now === '' ? sent : now));
  };

  const takeIn = (event: { preventDefault: () => void }, data: DataTransfer | null): void => {
    const { length } = data?.getData('text/plain') ?? '';
    if (text.length + length <= takenInLength) return;
    event.preventDefault();
    setProblem(words.composer.pasteTooLong(length));
  };

  const keyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || touch) return;
    event.preventDefault();
    send();
  };

  const note = over ? words.composer.tooLong : problem;
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="composer-note" id={noteId}>
        <span role="alert">{note}</span>
        {near && (
          <span className="composer-count" data-over={over}>
            {over ? words.composer.over(-left) : words.composer.left(left)}
          </span>
        )}
      </div>
      <div className="composer-box">
        <textarea
          ref={area}
          id="composer"
          rows={1}
          dir="auto"
          value={text}
          placeholder={words.composer.placeholder}
          aria-label={words.composer.label(title)}
          aria-describedby={noteId}
          aria-invalid={over}
          enterKeyHint={touch ? 'enter' : 'send'}
          autoComplete="off"
          onChange={(event) => {
            setText(event.target.value);
            setProblem(null);
            typing.wrote(event.target.value !== '');
          }}
          onBlur={typing.stop}
          onPaste={(event) => takeIn(event, event.clipboardData)}
          onDrop={(event) => takeIn(event, event.dataTransfer)}
          onKeyDown={keyDown}
        />
        <IconButton
          icon="send"
          label={words.composer.send}
          type="submit"
          className="composer-send"
          aria-disabled={text.trim() === '' || over}
          // Keeps the on-screen keyboard open.
          onMouseDown={(event) => event.preventDefault()}
        />
      </div>
    </form>
  );
}

/** UTF-8 size; counted only where it could matter. */
function sizeBytes(text: string): number {
  return text.length * 3 < limits.textSizeBytes * counterFrom ? text.length : encoder.encode(text).length;
}
