import { useState } from 'react';
import { Button } from '../../parts/Button.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Problem } from '../../parts/Problem.tsx';
import type { ConversationView, MessageView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { words } from '../../words.ts';
import { changeProblemSentence } from '../changeProblem.ts';
import { rightsOver } from '../messageRights.ts';

interface DeleteDialogProps {
  messages: readonly MessageView[];
  conversation: ConversationView;
  onDone: () => void;
  onClose: () => void;
}

export function DeleteDialog({ messages, conversation, onDone, onClose }: DeleteDialogProps) {
  const sotto = useSotto();
  const text = words.messaging.delete;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const forEveryone = messages.every((message) => rightsOver(message, conversation).deleteForEveryone);
  const remove = async (everywhere: boolean): Promise<void> => {
    setBusy(true);
    setProblem(null);
    const ids = messages.map(({ messageId }) => messageId);
    try {
      const outcome = await sotto.deleteMessages(conversation.conversationId, ids, everywhere);
      if (outcome.kind === 'ok') {
        onDone();
        return;
      }
      setProblem(changeProblemSentence(outcome.problem));
    } catch {
      setProblem(words.problem.unexpected);
    }
    setBusy(false);
  };
  const cancel = (
    <Button look="plain" onClick={onClose}>
      {words.common.cancel}
    </Button>
  );
  return (
    <Dialog
      title={text.title(messages.length)}
      text={forEveryone ? text.text : text.textForMe}
      onClose={onClose}
    >
      <Problem text={problem} />
      <div className="dialog-actions" data-stacked={forEveryone}>
        {!forEveryone && cancel}
        <Button busy={busy} onClick={() => remove(false)}>
          {text.forMe}
        </Button>
        {forEveryone && (
          <Button look="danger" busy={busy} onClick={() => remove(true)}>
            {text.forEveryone}
          </Button>
        )}
        {forEveryone && cancel}
      </div>
    </Dialog>
  );
}
