import { DropdownMenu } from 'radix-ui';
import type { IconName } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { MenuItem } from '../parts/PointMenu.tsx';
import type { MemberView } from '../sotto.ts';
import { words } from '../words.ts';

export type MemberAction = 'message' | 'promote' | 'demote' | 'handOver' | 'remove';

interface MemberMenuProps {
  member: MemberView;
  actions: readonly MemberAction[];
  onAct: (action: MemberAction, member: MemberView) => void;
}

const icons: Record<MemberAction, IconName> = {
  message: 'chat',
  promote: 'shield',
  demote: 'person',
  handOver: 'key',
  remove: 'leave',
};

/** What can be done with a member. Not modal and not in a portal, as `PointMenu`. */
export function MemberMenu({ member, actions, onAct }: MemberMenuProps) {
  const { details: text } = words.groups;
  const names: Record<MemberAction, string> = {
    message: text.message,
    promote: text.makeAdmin,
    demote: text.removeAdmin,
    handOver: text.handOver,
    remove: text.remove,
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton icon="more" label={text.memberOptions(member.account.username)} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="end" sideOffset={2} collisionPadding={8}>
        {actions.map((action) => (
          <MenuItem
            key={action}
            icon={icons[action]}
            danger={action === 'remove'}
            onSelect={() => onAct(action, member)}
          >
            {names[action]}
          </MenuItem>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
