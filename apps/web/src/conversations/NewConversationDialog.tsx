import { type FormEvent, useState } from 'react';
import { findProblemSentence } from '../entry/problemSentences.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Problem } from '../parts/Problem.tsx';
import { TextField } from '../parts/TextField.tsx';
import { readInvite, readJoinRoute } from '../routing/route.ts';
import { navigate } from '../routing/useRoute.ts';
import { type AccountView, type ConversationId, normalizeUsername, type SottoApi } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { NewIdentity } from '../thread/NewIdentity.tsx';
import { words } from '../words.ts';
import { openFromInvite } from './openFromInvite.ts';

interface NewConversationDialogProps {
  onClose: () => void;
  onInvite: () => void;
  onGroup: () => void;
  onOpen: (conversationId: ConversationId) => void;
}

/** Finds someone by username or by a pasted invite link, and opens the conversation with them. */
export function NewConversationDialog({ onClose, onInvite, onGroup, onOpen }: NewConversationDialogProps) {
  const sotto = useSotto();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [renewed, setRenewed] = useState<AccountView | null>(null);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const join = readJoinRoute(text);
    if (join !== null) {
      onClose();
      navigate(join);
      return;
    }
    setBusy(true);
    setProblem(null);
    setRenewed(null);
    const started = await startConversation(sotto, text).catch(() => ({
      problem: words.problem.unexpected,
      renewed: undefined,
    }));
    if ('conversationId' in started) {
      onOpen(started.conversationId);
    } else {
      setProblem(started.problem);
      setRenewed(started.renewed ?? null);
      setBusy(false);
    }
  };

  return (
    <Dialog title={words.newConversation.title} text={words.newConversation.text} onClose={onClose}>
      <form className="entry-body" onSubmit={submit} noValidate>
        <TextField
          label={words.newConversation.field}
          autoCapitalize="none"
          autoCorrect="off"
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setProblem(null);
            setRenewed(null);
          }}
        />
        {renewed === null ? (
          <Problem text={problem} />
        ) : (
          <NewIdentity identity={{ account: renewed, accepted: false, toldAtMs: 0 }} />
        )}
        <div className="dialog-actions">
          <Button look="plain" onClick={onInvite}>
            {words.newConversation.inviteInstead}
          </Button>
          <Button type="submit" look="primary" busy={busy}>
            {busy ? words.newConversation.searching : words.newConversation.start}
          </Button>
        </div>
      </form>
      <button type="button" className="newGroup" onClick={onGroup}>
        <Icon name="group" />
        <span>
          <strong>{words.groups.create.start}</strong>
          <small>{words.groups.create.startText}</small>
        </span>
      </button>
    </Dialog>
  );
}

/** The conversation that `text` (a username or an invite link) leads to, or a sentence about why there is none. */
async function startConversation(
  sotto: SottoApi,
  text: string,
): Promise<{ conversationId: ConversationId } | { problem: string; renewed?: AccountView }> {
  if (text.trim() === '') return { problem: words.newConversation.empty };
  const invite = readInvite(text);
  if (invite !== null) return openFromInvite(sotto, invite);
  const username = normalizeUsername(text);
  if (username === null) return { problem: words.problem.malformedUsername };
  const found = await sotto.findAccount(username);
  if (found.kind === 'problem') {
    const problem = findProblemSentence(found.problem, username);
    return found.problem.kind === 'newIdentity' ? { problem, renewed: found.problem.account } : { problem };
  }
  const opened = await sotto.openDirectConversation(found.value.accountId);
  if (opened.kind === 'problem') return { problem: findProblemSentence(opened.problem, username) };
  return { conversationId: opened.value };
}
