import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useRef, useState } from 'react';
import { callWords } from '../wordsCalls.ts';
import { CallIcon, type CallIconName } from './CallIcon.tsx';

interface CallSheetProps {
  avatar: ReactNode;
  title: string;
  text: string;
  silenced: boolean;
  /** Why it cannot be answered in this browser. */
  problem: string | null;
  onSilence: () => void;
  /** Other ways to take it, beside the one that stops the sound. */
  more?: ReactNode;
  /** The round buttons. */
  children: ReactNode;
}

const say = callWords.incoming;

/**
 * A call that rings, over everything. The sheet itself takes the focus and none of its buttons: who is typing when it comes
 * answers or declines nothing by it. Escape only stops the sound.
 */
export function CallSheet(props: CallSheetProps) {
  const { avatar, title, text, silenced, problem, onSilence, more, children } = props;
  const content = useRef<HTMLDivElement>(null);
  const [opener] = useState(() => document.activeElement as HTMLElement | null);
  return (
    <Radix.Root open>
      <Radix.Portal>
        <Radix.Content
          className="callSheet"
          role="alertdialog"
          ref={content}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            content.current?.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (document.activeElement === document.body && opener?.isConnected === true) opener.focus();
          }}
          onEscapeKeyDown={(event) => {
            event.preventDefault();
            onSilence();
          }}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <div className="callSheet-who">
            <span className="callSheet-avatar" data-still={silenced}>
              {avatar}
            </span>
            <Radix.Title className="callSheet-title">{title}</Radix.Title>
            <Radix.Description className="callSheet-text">{silenced ? say.silenced : text}</Radix.Description>
            {problem !== null && <p className="callSheet-problem">{problem}</p>}
          </div>
          <div className="callSheet-more">
            {!silenced && (
              <button type="button" className="callChip" onClick={onSilence}>
                <CallIcon name="ringOff" />
                {say.silence}
              </button>
            )}
            {more}
          </div>
          <div className="callSheet-actions">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Takes or declines what rings. */
export function AnswerButton({
  icon,
  tone,
  onClick,
  children,
}: {
  icon: CallIconName;
  tone: 'end' | 'answer';
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button type="button" className="callAnswer" data-tone={tone} onClick={onClick}>
      <span className="callRound">
        <CallIcon name={icon} />
      </span>
      {children}
    </button>
  );
}
