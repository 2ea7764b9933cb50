import type { ConversationView } from '../sotto.ts';
import { Avatar } from './Avatar.tsx';
import { GroupAvatar } from './GroupAvatar.tsx';

interface ConversationAvatarProps {
  conversation: ConversationView;
  size?: 'small' | 'medium' | 'large';
  online?: boolean;
}

/** The other account's, or the group's. Decorative: the name is beside it. */
export function ConversationAvatar({ conversation, online = false, ...rest }: ConversationAvatarProps) {
  const { conversationId, peer, title, photo } = conversation;
  if (peer === null) return <GroupAvatar id={conversationId} name={title} photo={photo} {...rest} />;
  return <Avatar account={peer} online={online} {...rest} />;
}
