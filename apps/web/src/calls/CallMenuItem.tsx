import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { CallIcon, type CallIconName } from './CallIcon.tsx';

interface CallMenuItemProps {
  icon: CallIconName;
  onSelect: () => void;
  children: ReactNode;
}

/** What can be chosen from the menu of a call's controls. */
export function CallMenuItem({ icon, onSelect, children }: CallMenuItemProps) {
  return (
    <DropdownMenu.Item className="menu-item" onSelect={onSelect}>
      <CallIcon name={icon} />
      {children}
    </DropdownMenu.Item>
  );
}
