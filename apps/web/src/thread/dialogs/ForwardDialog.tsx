import { useState } from 'react';
import { sendProblemSentence } from '../../composer/sendProblem.ts';
import { Button } from '../../parts/Button.tsx';
import { ConversationAvatar } from '../../parts/ConversationAvatar.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { Problem } from '../../parts/Problem.tsx';
import type { ConversationId, MessageView } from '../../sotto.ts';
import { conversationTitle, useOwnAccountId } from '../../state/OwnAccount.tsx';
import { useSotto } from '../../state/SottoContext.tsx';
import { useWatched } from '../../state/useWatched.ts';
import { words } from '../../words.ts';

interface ForwardDialogProps {
  messages: readonly MessageView[];
  /** With the sentence that says so. */
  onDone: (sentence: string) => void;
  onClose: () => void;
}

const shownLimit = 200;

/** Chooses the chats that messages are forwarded to. */
export function ForwardDialog({ messages, onDone, onClose }: ForwardDialogProps) {
  const sotto = useSotto();
  const own = useOwnAccountId();
  const text = words.messaging.forward;
  const conversations = useWatched({ kind: 'conversations' }) ?? [];
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<ConversationId>>(new Set());
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const typed = query.trim().toLowerCase();
  const open = conversations.filter(
    ({ may, ended, newIdentity }) => may.send && ended === null && newIdentity === null,
  );
  const shown = open
    .filter((one) => conversationTitle(one, own).toLowerCase().includes(typed))
    .slice(0, shownLimit);
  const toggle = (id: ConversationId): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
    setProblem(null);
  };
  const send = async (): Promise<void> => {
    const [first] = messages;
    if (first === undefined) return;
    if (chosen.size === 0) {
      setProblem(text.choose);
      return;
    }
    setBusy(true);
    try {
      const ids = messages.map(({ messageId }) => messageId);
      const outcome = await sotto.forwardMessages(first.conversationId, ids, [...chosen]);
      if (outcome.kind === 'ok') {
        onDone(text.done(chosen.size));
        return;
      }
      setProblem(sendProblemSentence(outcome.problem));
    } catch {
      setProblem(words.problem.unexpected);
    }
    setBusy(false);
  };
  return (
    <Dialog title={text.title} onClose={onClose}>
      <div className="list-search">
        <Icon name="search" />
        <input
          type="search"
          value={query}
          placeholder={text.search}
          aria-label={text.search}
          autoComplete="off"
          onChange={(event) => setQuery(event.target.value)}
        />
      </div>
      <ul className="pickList" aria-label={text.title}>
        {shown.map((conversation) => (
          <li key={conversation.conversationId}>
            <label className="pickList-row">
              <ConversationAvatar conversation={conversation} size="small" />
              <bdi className="pickList-name">{conversationTitle(conversation, own)}</bdi>
              <input
                type="checkbox"
                checked={chosen.has(conversation.conversationId)}
                onChange={() => toggle(conversation.conversationId)}
              />
            </label>
          </li>
        ))}
      </ul>
      {shown.length === 0 && (
        <p className="dialog-text" role="status">
          {text.none}
        </p>
      )}
      <Problem text={problem} />
      <div className="dialog-actions">
        <Button look="plain" onClick={onClose}>
          {words.common.cancel}
        </Button>
        <Button look="primary" busy={busy} onClick={send}>
          {text.send(chosen.size)}
        </Button>
      </div>
    </Dialog>
  );
}
