import { DropdownMenu } from 'radix-ui';
import { type FocusEvent, type ReactNode, useRef } from 'react';
import { Icon, type IconName } from '../parts/Icon.tsx';
import { navigate } from '../routing/useRoute.ts';
import { alwaysMuted, type ConversationView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';

/** Where the menu stands, in the window. */
export interface MenuPoint {
  readonly x: number;
  readonly y: number;
  /** Then its first item has the focus at once. */
  readonly byKeyboard: boolean;
}

interface ConversationMenuProps {
  conversation: ConversationView;
  title: string;
  open: boolean;
  at: MenuPoint;
  onClose: () => void;
  onFocusBack: () => void;
}

const hourMs = 3_600_000;

/** What can be done with a chat of the list. Not modal and not in a portal, as the account menu. */
export function ConversationMenu({ conversation, title, open, at, ...rest }: ConversationMenuProps) {
  const sotto = useSotto();
  const { conversationId, archived, mutedUntilMs, pinnedAtMs } = conversation;
  const { list } = words;
  const pinned = pinnedAtMs !== null;
  const isEntered = useRef(!at.byKeyboard);
  const enter = ({ target, currentTarget }: FocusEvent<HTMLElement>): void => {
    if (isEntered.current || target !== currentTarget) return;
    isEntered.current = true;
    currentTarget.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
  };
  const mute = (forMs: number): void => {
    void sotto.muteConversation(conversationId, Date.now() + forMs);
  };
  const archive = (): void => {
    void sotto.archiveConversation(conversationId, !archived);
    // What is put away is not left open in front of the chats.
    if (open && !archived) navigate({ kind: 'home' }, { replace: true });
  };
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(shown) => !shown && rest.onClose()}>
      <DropdownMenu.Trigger asChild>
        <button
          type="button"
          className="list-menuPoint"
          style={{ left: at.x, top: at.y }}
          aria-label={list.options(title)}
          aria-hidden="true"
          tabIndex={-1}
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        className="menu"
        align="start"
        sideOffset={2}
        collisionPadding={8}
        onFocus={enter}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          rest.onFocusBack();
        }}
      >
        {!archived && (
          <Item
            icon={pinned ? 'unpin' : 'pin'}
            onSelect={() => void sotto.pinConversation(conversationId, !pinned)}
          >
            {pinned ? list.unpin : list.pin}
          </Item>
        )}
        {mutedUntilMs === null ? (
          <>
            <Item icon="mute" onSelect={() => mute(8 * hourMs)}>
              {list.muteHours(8)}
            </Item>
            <Item icon="mute" onSelect={() => mute(7 * 24 * hourMs)}>
              {list.muteWeek}
            </Item>
            <Item icon="mute" onSelect={() => void sotto.muteConversation(conversationId, alwaysMuted)}>
              {list.muteAlways}
            </Item>
          </>
        ) : (
          <Item icon="bell" onSelect={() => void sotto.muteConversation(conversationId, null)}>
            <span>
              {list.unmute}
              {mutedUntilMs !== alwaysMuted && (
                <small className="list-menuNote">{list.mutedUntil(mutedUntilMs, Date.now())}</small>
              )}
            </span>
          </Item>
        )}
        <DropdownMenu.Separator className="menu-line" />
        <Item icon={archived ? 'unarchive' : 'archive'} onSelect={archive}>
          {archived ? list.unarchive : list.archive}
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
