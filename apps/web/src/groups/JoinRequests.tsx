import { Avatar } from '../parts/Avatar.tsx';
import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { ConversationId, JoinRequestView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { useGroupCommand } from './useGroupCommand.ts';

interface JoinRequestsProps {
  conversationId: ConversationId;
  requests: readonly JoinRequestView[];
}

/** Who asked by a link to join, for this account to answer. */
export function JoinRequests({ conversationId, requests }: JoinRequestsProps) {
  const { requests: text } = words.groups;
  const sotto = useSotto();
  const { busy, problem, run } = useGroupCommand();
  if (requests.length === 0) return null;
  return (
    <section className="details-part" aria-labelledby="groups-requests">
      <h2 id="groups-requests">
        <Icon name="invite" />
        {text.title}
        <span className="badge">
          <span aria-hidden="true">{requests.length}</span>
          <span className="hiddenText">{text.count(requests.length)}</span>
        </span>
      </h2>
      <Problem text={problem} />
      <ul className="groups-requests">
        {requests.map(({ account, atMs }) => (
          <li key={account.accountId}>
            <Avatar account={account} size="small" />
            <span className="groups-requestName">
              {account.username}
              <small>
                <time dateTime={new Date(atMs).toISOString()}>
                  {text.asked(words.time.short(atMs, Date.now()))}
                </time>
              </small>
            </span>
            <div className="groups-buttons">
              <Button
                look="primary"
                busy={busy}
                aria-label={text.acceptNamed(account.username)}
                onClick={() =>
                  void run(() => sotto.answerJoinRequest(conversationId, account.accountId, true))
                }
              >
                {text.accept}
              </Button>
              <Button
                busy={busy}
                aria-label={text.declineNamed(account.username)}
                onClick={() =>
                  void run(() => sotto.answerJoinRequest(conversationId, account.accountId, false))
                }
              >
                {text.decline}
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
