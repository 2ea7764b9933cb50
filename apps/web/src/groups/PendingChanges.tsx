import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import type { ConversationId, PendingGroupChange } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { groupProblemSentence } from './groupProblemSentence.ts';

interface PendingChangesProps {
  conversationId: ConversationId;
  changes: readonly PendingGroupChange[];
}

/** What this account wants of the group and is not done: it waits, or it failed, and why. */
export function PendingChanges({ conversationId, changes }: PendingChangesProps) {
  const { pending: text } = words.groups;
  const sotto = useSotto();
  if (changes.length === 0) return null;
  return (
    <section className="details-part groups-pending" aria-labelledby="groups-pending">
      <h2 id="groups-pending">
        <Icon name="history" />
        {text.title}
      </h2>
      <ul>
        {changes.map(({ changeId, kind, account, failed }) => (
          <li key={changeId} data-failed={failed !== null}>
            <strong>{text.kind[kind](account?.username ?? null)}</strong>
            <p role="status">{failed === null ? text.waiting : groupProblemSentence(failed)}</p>
            <div className="groups-buttons">
              {failed !== null && (
                <Button onClick={() => void sotto.retryGroupChange(conversationId, changeId)}>
                  {text.retry}
                </Button>
              )}
              <Button look="plain" onClick={() => void sotto.discardGroupChange(conversationId, changeId)}>
                {text.discard}
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
