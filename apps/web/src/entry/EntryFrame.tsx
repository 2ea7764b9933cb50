import { type ReactNode, useEffect, useRef } from 'react';
import { Mark } from '../parts/Mark.tsx';
import './entry.css';
import { Voice } from './Voice.tsx';

interface EntryFrameProps {
  title: string;
  text?: string;
  children: ReactNode;
  /** The heading takes the focus when the screen appears, unless a field of its own does. */
  focusHeading?: boolean;
}

/** The one-column frame of everything that comes before the chats. */
export function EntryFrame({ title, text, children, focusHeading = false }: EntryFrameProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (focusHeading) heading.current?.focus();
  }, [focusHeading]);
  return (
    <main className="entry">
      <Voice />
      <div className="entry-card">
        <div className="entry-head">
          <Mark />
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {text !== undefined && <p>{text}</p>}
        </div>
        {children}
      </div>
    </main>
  );
}
