import { useState } from 'react';
import { findProblemSentence } from '../entry/problemSentences.ts';
import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Problem } from '../parts/Problem.tsx';
import { navigate } from '../routing/useRoute.ts';
import type { ConversationView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';

/** In the composer's place, where nobody is behind the conversation any more: what is said to have happened. */
export function NewIdentity({ identity }: { identity: NonNullable<ConversationView['newIdentity']> }) {
  const sotto = useSotto();
  const { newIdentity: text } = words;
  const { account, accepted } = identity;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const open = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const known = await sotto.acceptNewIdentity(account.accountId);
      const opened = known.kind === 'ok' ? await sotto.openDirectConversation(account.accountId) : known;
      if (opened.kind === 'ok') {
        navigate({ kind: 'conversation', conversationId: opened.value, details: false });
        return;
      }
      setProblem(findProblemSentence(opened.problem, account.username));
    } catch {
      setProblem(words.problem.unexpected);
    }
    setBusy(false);
  };
  return (
    <section className="newIdentity" aria-labelledby="new-identity">
      <h2 id="new-identity">
        <Icon name="warning" />
        {text.title(account.username)}
      </h2>
      {accepted ? (
        <p>{text.accepted(account.username)}</p>
      ) : (
        <>
          <p>{text.text}</p>
          <p>{text.kept}</p>
        </>
      )}
      <Problem text={problem} />
      <Button busy={busy} onClick={open}>
        {busy ? text.accepting : accepted ? text.open : text.accept}
      </Button>
      {!accepted && (
        <Button
          look="plain"
          onClick={() => sotto.declineNewIdentity(account.accountId).catch(() => undefined)}
        >
          {text.decline}
        </Button>
      )}
    </section>
  );
}
