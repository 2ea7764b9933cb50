import { Avatar } from '../parts/Avatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import type { ConversationView } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { words } from '../words.ts';

/** What stands above the first message of a conversation. */
export function ThreadBeginning({ conversation, empty }: { conversation: ConversationView; empty: boolean }) {
  const own = useOwnAccountId() === conversation.peer.accountId;
  return (
    <div className="thread-beginning">
      <Avatar account={conversation.peer} size="large" />
      <h2>{own ? words.list.notesToSelf : conversation.title}</h2>
      <p>
        <Icon name="lock" />
        {own ? words.thread.beginSelf : words.thread.begin(conversation.title)}
      </p>
      {empty && <p>{words.thread.sayHello}</p>}
    </div>
  );
}
