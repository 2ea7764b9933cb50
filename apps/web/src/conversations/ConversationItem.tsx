import { type KeyboardEvent, memo, Suspense, useCallback, useRef, useState } from 'react';
import { IconButton } from '../parts/IconButton.tsx';
import type { MenuPoint } from '../parts/PointMenu.tsx';
import { ConversationMenu } from '../shell/laterParts.ts';
import type { ConversationView } from '../sotto.ts';
import { words } from '../words.ts';
import { ConversationRow } from './ConversationRow.tsx';
import { useMenuPress } from './useMenuPress.ts';

interface ConversationItemProps {
  conversation: ConversationView;
  title: string;
  open: boolean;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** A chat of the list, with its menu: by its button, by a right click, the menu key, or a long press. */
export const ConversationItem = memo(function ConversationItem(props: ConversationItemProps) {
  const { conversation, title, open, onKeyDown } = props;
  const [menuAt, setMenuAt] = useState<MenuPoint | null>(null);
  const item = useRef<HTMLDivElement>(null);
  /** What opened the menu gets the focus back. */
  const opener = useRef<HTMLElement | null>(null);
  const openAt = useCallback((point: MenuPoint): void => {
    opener.current = item.current?.querySelector('a') ?? null;
    setMenuAt(point);
  }, []);
  const press = useMenuPress(openAt);
  return (
    <div className="list-item" data-menu={menuAt !== null} ref={item}>
      <ConversationRow
        conversation={conversation}
        title={title}
        open={open}
        onKeyDown={onKeyDown}
        press={press}
      />
      <IconButton
        icon="more"
        className="list-more"
        label={words.list.options(title)}
        aria-haspopup="menu"
        aria-expanded={menuAt !== null}
        onClick={(event) => {
          const { left, bottom } = event.currentTarget.getBoundingClientRect();
          opener.current = event.currentTarget;
          setMenuAt({ x: left, y: bottom, byKeyboard: event.detail === 0 });
        }}
      />
      {menuAt !== null && (
        <Suspense>
          <ConversationMenu
            conversation={conversation}
            title={title}
            open={open}
            at={menuAt}
            onClose={() => setMenuAt(null)}
            onFocusBack={() => {
              // Where somebody went on already, they are left there.
              if (document.activeElement === document.body) opener.current?.focus();
            }}
          />
        </Suspense>
      )}
    </div>
  );
});
