import { useState } from 'react';
import { useGone } from '../../disappearing/usePresence.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { IconButton } from '../../parts/IconButton.tsx';
import { Problem } from '../../parts/Problem.tsx';
import type { ConversationView, TransactionId } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { words } from '../../words.ts';
import { MessageItem } from '../MessageItem.tsx';
import { useThreadActions } from '../ThreadActions.ts';
import { useLoaded } from './useLoaded.ts';

/** All pinned messages of a conversation, the latest pin first. */
export function PinnedDialog({
  conversation,
  onClose,
}: {
  conversation: ConversationView;
  onClose: () => void;
}) {
  const sotto = useSotto();
  const actions = useThreadActions();
  const text = words.messaging.pins;
  const { conversationId, pinnedCount, pinnedMessage, may } = conversation;
  const loaded = useLoaded(`${pinnedCount} ${pinnedMessage?.messageId}`, () =>
    sotto.readPinned(conversationId),
  );
  const [gone, setGone] = useState<ReadonlySet<TransactionId>>(new Set());
  const messages = loaded?.filter(({ messageId }) => !gone.has(messageId)) ?? [];
  useGone(conversationId, messages, (more) => setGone((now) => new Set([...now, ...more])));
  return (
    <Dialog title={text.title} text={text.text} onClose={onClose}>
      {loaded === null && <Problem text={words.problem.unexpected} />}
      {loaded != null && messages.length === 0 && <p className="dialog-text">{text.none}</p>}
      <ul className="messageItems">
        {messages.map((message) => (
          <li key={message.messageId}>
            <MessageItem message={message} onOpen={() => actions.jump(message.order)} />
            {may.pin && (
              <IconButton
                icon="unpin"
                label={words.messaging.actions.unpin}
                onClick={() => actions.setPinned(message, false)}
              />
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
