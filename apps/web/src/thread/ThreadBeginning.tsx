import { ConversationAvatar } from '../parts/ConversationAvatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import type { ConversationView } from '../sotto.ts';
import { conversationTitle, useOwnAccountId } from '../state/OwnAccount.tsx';
import { words } from '../words.ts';

/** What stands above the first message of a conversation. */
export function ThreadBeginning({ conversation, empty }: { conversation: ConversationView; empty: boolean }) {
  const ownId = useOwnAccountId();
  const own = ownId === conversation.peer?.accountId;
  const title = conversationTitle(conversation, ownId);
  return (
    <div className="thread-beginning">
      <ConversationAvatar conversation={conversation} size="large" />
      <h2>{title}</h2>
      <p>
        <Icon name="lock" />
        {conversation.kind === 'group'
          ? words.groups.begin(title)
          : own
            ? words.thread.beginSelf
            : words.thread.begin(title)}
      </p>
      {empty && <p>{words.thread.sayHello}</p>}
    </div>
  );
}
