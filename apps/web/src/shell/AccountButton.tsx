import { Suspense, useRef, useState } from 'react';
import { Avatar } from '../parts/Avatar.tsx';
import type { MenuPoint } from '../parts/PointMenu.tsx';
import type { AccountView } from '../sotto.ts';
import { words } from '../words.ts';
import type { AccountMenuItems } from './AccountMenu.tsx';
import { AccountMenu } from './laterParts.ts';

interface AccountButtonProps extends AccountMenuItems {
  account: AccountView;
}

/** Opens the account menu, and closes it. */
export function AccountButton({ account, ...items }: AccountButtonProps) {
  const [menuAt, setMenuAt] = useState<MenuPoint | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  /** The press itself closes the menu before it becomes a click. */
  const wasOpen = useRef(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="list-account"
        aria-label={words.list.accountMenu(account.username)}
        aria-haspopup="menu"
        aria-expanded={menuAt !== null}
        onPointerDown={() => {
          wasOpen.current = menuAt !== null;
        }}
        onClick={(event) => {
          const isClosing = wasOpen.current && event.detail !== 0;
          wasOpen.current = false;
          if (isClosing) return;
          const { right, bottom } = event.currentTarget.getBoundingClientRect();
          setMenuAt({ x: right, y: bottom, byKeyboard: event.detail === 0 });
        }}
      >
        <Avatar account={account} size="small" />
      </button>
      {menuAt !== null && (
        <Suspense>
          <AccountMenu
            account={account}
            at={menuAt}
            onClose={() => setMenuAt(null)}
            onFocusBack={() => {
              // Where somebody went on already, they are left there.
              if (document.activeElement === document.body) button.current?.focus();
            }}
            {...items}
          />
        </Suspense>
      )}
    </>
  );
}
