import { DropdownMenu } from 'radix-ui';
import { MenuItem, type MenuPoint, PointMenu } from '../parts/PointMenu.tsx';
import { navigate } from '../routing/useRoute.ts';
import { alwaysMuted, type ConversationView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';

interface ConversationMenuProps {
  conversation: ConversationView;
  title: string;
  open: boolean;
  at: MenuPoint;
  onClose: () => void;
  onFocusBack: () => void;
}

const hourMs = 3_600_000;

/** What can be done with a chat of the list. */
export function ConversationMenu({ conversation, title, open, at, ...rest }: ConversationMenuProps) {
  const sotto = useSotto();
  const { conversationId, archived, mutedUntilMs, pinnedAtMs } = conversation;
  const { list } = words;
  const pinned = pinnedAtMs !== null;
  const mute = (forMs: number): void => {
    void sotto.muteConversation(conversationId, Date.now() + forMs);
  };
  const archive = (): void => {
    void sotto.archiveConversation(conversationId, !archived);
    // What is put away is not left open in front of the chats.
    if (open && !archived) navigate({ kind: 'home' }, { replace: true });
  };
  const markUnread = (): void => {
    void sotto.markUnread(conversationId);
    // While it is open, it would be read at once.
    if (open) navigate({ kind: 'home' }, { replace: true });
  };
  return (
    <PointMenu at={at} label={list.options(title)} onClose={rest.onClose} onFocusBack={rest.onFocusBack}>
      {!archived && (
        <MenuItem
          icon={pinned ? 'unpin' : 'pin'}
          onSelect={() => void sotto.pinConversation(conversationId, !pinned)}
        >
          {pinned ? list.unpin : list.pin}
        </MenuItem>
      )}
      {conversation.unreadCount === 0 && !conversation.markedUnread && (
        <MenuItem icon="unread" onSelect={markUnread}>
          {words.groups.markUnread}
        </MenuItem>
      )}
      {mutedUntilMs === null ? (
        <>
          <MenuItem icon="mute" onSelect={() => mute(8 * hourMs)}>
            {list.muteHours(8)}
          </MenuItem>
          <MenuItem icon="mute" onSelect={() => mute(7 * 24 * hourMs)}>
            {list.muteWeek}
          </MenuItem>
          <MenuItem icon="mute" onSelect={() => void sotto.muteConversation(conversationId, alwaysMuted)}>
            {list.muteAlways}
          </MenuItem>
        </>
      ) : (
        <MenuItem icon="bell" onSelect={() => void sotto.muteConversation(conversationId, null)}>
          <span>
            {list.unmute}
            {mutedUntilMs !== alwaysMuted && (
              <small className="list-menuNote">{list.mutedUntil(mutedUntilMs, Date.now())}</small>
            )}
          </span>
        </MenuItem>
      )}
      <DropdownMenu.Separator className="menu-line" />
      <MenuItem icon={archived ? 'unarchive' : 'archive'} onSelect={archive}>
        {archived ? list.unarchive : list.archive}
      </MenuItem>
    </PointMenu>
  );
}
