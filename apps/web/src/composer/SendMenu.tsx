import { DropdownMenu } from 'radix-ui';
import { Icon } from '../parts/Icon.tsx';
import { words } from '../words.ts';
import { sendTimes } from './sendTimes.ts';

interface SendMenuProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onSilent: () => void;
  onSchedule: (atMs: number) => void;
  onChooseTime: () => void;
}

/** Beside the send button: without a sound, or later. Also by a right click or a long press on that button. */
export function SendMenu({ open, onOpenChange, onSilent, onSchedule, onChooseTime }: SendMenuProps) {
  const text = words.messaging.composer;
  return (
    <DropdownMenu.Root open={open} onOpenChange={onOpenChange} modal={false}>
      <DropdownMenu.Trigger
        className="iconButton composer-more"
        aria-label={text.options}
        title={text.options}
      >
        <Icon name="clock" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" side="top" align="end" sideOffset={8} collisionPadding={8}>
        <DropdownMenu.Item className="menu-item" onSelect={onSilent}>
          <Icon name="soundOff" />
          {text.silent}
        </DropdownMenu.Item>
        <DropdownMenu.Separator className="menu-line" />
        <DropdownMenu.Label className="menu-part">{text.later}</DropdownMenu.Label>
        {sendTimes(Date.now()).map(({ kind, atMs }) => (
          <DropdownMenu.Item key={kind} className="menu-item" onSelect={() => onSchedule(atMs)}>
            <Icon name="clock" />
            {text[kind](words.time.clock(atMs))}
          </DropdownMenu.Item>
        ))}
        <DropdownMenu.Item className="menu-item" onSelect={onChooseTime}>
          <Icon name="calendar" />
          {text.choose}
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
