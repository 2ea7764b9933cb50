import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { Avatar } from '../parts/Avatar.tsx';
import { Icon, type IconName } from '../parts/Icon.tsx';
import { navigate } from '../routing/useRoute.ts';
import type { AccountView } from '../sotto.ts';
import { words } from '../words.ts';

interface AccountMenuProps {
  account: AccountView;
  onInvite: () => void;
  onExport: () => void;
  onSignOut: () => void;
}

/**
 * Not modal: the modal menu locks scrolling by a `<style>` element, which the page's policy forbids. Not in a portal: it stays in the
 * landmark it belongs to.
 */
export function AccountMenu({ account, onInvite, onExport, onSignOut }: AccountMenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="list-account" aria-label={words.list.accountMenu(account.username)}>
        <Avatar account={account} size="small" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
        <DropdownMenu.Label className="menu-label">{words.common.at(account.username)}</DropdownMenu.Label>
        <Item icon="invite" onSelect={onInvite}>
          {words.list.inviteSomeone}
        </Item>
        <Item icon="settings" onSelect={() => navigate({ kind: 'settings' })}>
          {words.settings.title}
        </Item>
        <Item icon="download" onSelect={onExport}>
          {words.exporting.title}
        </Item>
        <Item icon="server" onSelect={() => navigate({ kind: 'serverSees' })}>
          {words.settings.serverSees}
        </Item>
        <DropdownMenu.Separator className="menu-line" />
        <Item icon="signOut" onSelect={onSignOut}>
          {words.settings.signOut}
        </Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function Item({ icon, onSelect, children }: { icon: IconName; onSelect: () => void; children: ReactNode }) {
  return (
    <DropdownMenu.Item className="menu-item" onSelect={onSelect}>
      <Icon name={icon} />
      {children}
    </DropdownMenu.Item>
  );
}
