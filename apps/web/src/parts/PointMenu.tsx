import { DropdownMenu } from 'radix-ui';
import { type FocusEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { Icon, type IconName } from './Icon.tsx';
import { forgetMenu, noteOpenMenu, type OpenMenu } from './openMenu.ts';

/** Where a menu stands, in the window. */
export interface MenuPoint {
  readonly x: number;
  readonly y: number;
  /** Then its first item has the focus at once. */
  readonly byKeyboard: boolean;
}

interface PointMenuProps {
  at: MenuPoint;
  label: string;
  className?: string;
  align?: 'start' | 'end';
  onClose: () => void;
  /** What opened the menu is to have the focus again. */
  onFocusBack: () => void;
  children: ReactNode;
}

/**
 * An open menu at a point. Not modal: the modal menu locks scrolling by a `<style>` element, which the page's policy
 * forbids. Not in a portal: it stays in the landmark it belongs to.
 */
export function PointMenu({ at, label, className = '', align = 'start', children, ...rest }: PointMenuProps) {
  const [menu] = useState((): OpenMenu => ({ focusBack: rest.onFocusBack }));
  useLayoutEffect(() => {
    menu.focusBack = rest.onFocusBack;
  });
  useLayoutEffect(() => noteOpenMenu(menu), [menu]);
  const isEntered = useRef(!at.byKeyboard);
  const enter = ({ target, currentTarget }: FocusEvent<HTMLElement>): void => {
    if (isEntered.current || target !== currentTarget) return;
    isEntered.current = true;
    currentTarget.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
  };
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(shown) => !shown && rest.onClose()}>
      <DropdownMenu.Trigger asChild>
        <button
          type="button"
          className="menuPoint"
          style={{ left: at.x, top: at.y }}
          aria-hidden="true"
          tabIndex={-1}
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        className={`menu ${className}`}
        align={align}
        sideOffset={2}
        collisionPadding={8}
        onFocus={enter}
        aria-label={label}
        // Else it has the name of its trigger, which has none.
        aria-labelledby={undefined}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          forgetMenu(menu);
          rest.onFocusBack();
        }}
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  icon: IconName;
  danger?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, danger = false, onSelect, children }: MenuItemProps) {
  return (
    <DropdownMenu.Item className="menu-item" data-danger={danger || undefined} onSelect={onSelect}>
      <Icon name={icon} />
      {children}
    </DropdownMenu.Item>
  );
}
