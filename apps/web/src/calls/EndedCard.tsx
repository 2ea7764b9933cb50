import { type ReactNode, useEffect, useRef } from 'react';
import { IconButton } from '../parts/IconButton.tsx';
import { words } from '../words.ts';

interface EndedCardProps {
  title: string;
  text: string | null;
  /** Told for a moment: it needs nobody's answer. */
  isBrief: boolean;
  figure: ReactNode;
  onClose: () => void;
  /** What can be done now. */
  children?: ReactNode;
}

const briefMs = 3500;
/** With something to press. */
const longerMs = 10_000;

/** What became of a call, in the place where it was; what needs nobody's answer goes by itself. */
export function EndedCard({ title, text, isBrief, figure, onClose, children }: EndedCardProps) {
  const card = useRef<HTMLElement>(null);
  const hasActions = children !== undefined && children !== false;
  useEffect(() => {
    if (isBrief) {
      const timer = setTimeout(onClose, hasActions ? longerMs : briefMs);
      return () => clearTimeout(timer);
    }
    if (document.activeElement === document.body) card.current?.querySelector('button')?.focus();
    return;
  }, [isBrief, hasActions, onClose]);
  return (
    <section className="callEnded" ref={card} aria-label={title}>
      {figure}
      <div className="callEnded-words" role="status">
        <strong>{title}</strong>
        {text !== null && <p>{text}</p>}
      </div>
      <IconButton icon="close" label={words.common.close} onClick={onClose} />
      {hasActions && <div className="callEnded-actions">{children}</div>}
    </section>
  );
}
