import { DropdownMenu } from 'radix-ui';
import { MenuItem, type MenuPoint, PointMenu } from '../parts/PointMenu.tsx';
import { navigate } from '../routing/useRoute.ts';
import type { AccountView } from '../sotto.ts';
import { words } from '../words.ts';

export interface AccountMenuItems {
  onInvite: () => void;
  onExport: () => void;
  onSignOut: () => void;
}

interface AccountMenuProps extends AccountMenuItems {
  account: AccountView;
  at: MenuPoint;
  onClose: () => void;
  onFocusBack: () => void;
}

/** What there is beside the chats. */
export function AccountMenu({ account, at, onInvite, onExport, onSignOut, ...rest }: AccountMenuProps) {
  return (
    <PointMenu at={at} align="end" label={words.list.accountMenu(account.username)} {...rest}>
      <DropdownMenu.Label className="menu-label">{words.common.at(account.username)}</DropdownMenu.Label>
      <MenuItem icon="invite" onSelect={onInvite}>
        {words.list.inviteSomeone}
      </MenuItem>
      <MenuItem icon="settings" onSelect={() => navigate({ kind: 'settings' })}>
        {words.settings.title}
      </MenuItem>
      <MenuItem icon="star" onSelect={() => navigate({ kind: 'starred' })}>
        {words.messaging.stars.title}
      </MenuItem>
      <MenuItem icon="download" onSelect={onExport}>
        {words.exporting.title}
      </MenuItem>
      <MenuItem icon="server" onSelect={() => navigate({ kind: 'serverSees' })}>
        {words.settings.serverSees}
      </MenuItem>
      <DropdownMenu.Separator className="menu-line" />
      <MenuItem icon="signOut" onSelect={onSignOut}>
        {words.settings.signOut}
      </MenuItem>
    </PointMenu>
  );
}
