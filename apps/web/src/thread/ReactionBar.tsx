import { Icon } from '../parts/Icon.tsx';
import type { MessageView } from '../sotto.ts';
import { words } from '../words.ts';
import { useThreadActions } from './ThreadActions.ts';

const shownLimit = 12;
const namedLimit = 12;

/** What was given to a message: each emoji with its count; pressed, one's own comes or goes. */
export function ReactionBar({ message, enabled }: { message: MessageView; enabled: boolean }) {
  const actions = useThreadActions();
  const { reactions: text, actions: labels } = words.messaging;
  const { reactions } = message;
  const rest = reactions.slice(shownLimit);
  return (
    <span className="reactions">
      {reactions.slice(0, shownLimit).map(({ emoji, accounts, mine }) => (
        <button
          key={emoji}
          type="button"
          className="reaction"
          aria-pressed={mine}
          aria-label={text.one(emoji, accounts.length, mine)}
          title={accounts
            .slice(0, namedLimit)
            .map(({ username }) => username)
            .join(', ')}
          onClick={() =>
            enabled ? actions.react(message, emoji) : actions.show({ kind: 'reactions', message })
          }
        >
          <span className="emoji">{emoji}</span>
          {accounts.length > 1 && <span>{accounts.length}</span>}
        </button>
      ))}
      <button
        type="button"
        className="reaction reaction-who"
        data-more={rest.length > 0}
        aria-label={text.who}
        title={text.who}
        onClick={() => actions.show({ kind: 'reactions', message })}
      >
        {rest.length > 0 ? `+${rest.length}` : <Icon name="more" />}
      </button>
      {enabled && (
        <button
          type="button"
          className="reaction reaction-add"
          aria-label={labels.moreReactions}
          title={labels.moreReactions}
          onClick={(event) => {
            const { left, bottom } = event.currentTarget.getBoundingClientRect();
            actions.openReactionPicker(message, { x: left, y: bottom, byKeyboard: event.detail === 0 });
          }}
        >
          <Icon name="smile" />
        </button>
      )}
    </span>
  );
}
