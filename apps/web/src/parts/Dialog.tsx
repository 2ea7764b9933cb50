import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useRef, useState } from 'react';
import { words } from '../words.ts';
import { IconButton } from './IconButton.tsx';
import { openMenu } from './openMenu.ts';

interface DialogProps {
  title: string;
  text?: string;
  children: ReactNode;
  onClose: () => void;
}

/**
 * A modal dialog. The dimmed background is our own element: Radix's locks scrolling by a `<style>` element, which
 * the page's policy forbids, and the page itself does not scroll here.
 */
export function Dialog({ title, text, children, onClose }: DialogProps) {
  const [opener] = useState(() => document.activeElement as HTMLElement);
  const [menu] = useState(openMenu);
  const content = useRef<HTMLDivElement>(null);
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <div className="overlay" />
        <Radix.Content
          className="dialog"
          ref={content}
          onOpenAutoFocus={(event) => {
            // The field to fill in; else the dialog itself, not its close button.
            event.preventDefault();
            (content.current?.querySelector<HTMLElement>('input:not([hidden])') ?? content.current)?.focus();
          }}
          onCloseAutoFocus={() => {
            // Back to what it was opened from, unless the focus has gone on, as to an opened conversation.
            if (document.activeElement !== document.body) return;
            if (menu !== null) menu.focusBack();
            else if (opener.isConnected) opener.focus();
            if (document.activeElement !== document.body) return;
            document.querySelector<HTMLElement>('[aria-haspopup="menu"]')?.focus();
          }}
          {...(text === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <div className="dialog-head">
            <Radix.Title className="dialog-title">{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton icon="close" label={words.common.close} />
            </Radix.Close>
          </div>
          {text !== undefined && <Radix.Description className="dialog-text">{text}</Radix.Description>}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
