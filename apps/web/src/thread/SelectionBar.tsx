import { IconButton } from '../parts/IconButton.tsx';
import type { ConversationView } from '../sotto.ts';
import { words } from '../words.ts';
import { rightsOver } from './messageRights.ts';
import { useThreadActions } from './ThreadActions.ts';
import type { ThreadState } from './useThreadState.ts';

interface SelectionBarProps {
  conversation: ConversationView;
  selection: NonNullable<ThreadState['selection']>;
  onCancel: () => void;
}

/** In the composer's place while messages are selected: what can be done with all of them. */
export function SelectionBar({ conversation, selection, onCancel }: SelectionBarProps) {
  const actions = useThreadActions();
  const { select, actions: text } = words.messaging;
  const messages = [...selection.values()].sort((a, b) => a.order - b.order);
  const rights = messages.map((message) => rightsOver(message, conversation));
  const isAny = messages.length > 0;
  const all = (right: 'copy' | 'forward' | 'star'): boolean => isAny && rights.every((each) => each[right]);
  const done = (act: () => void) => (): void => {
    act();
    onCancel();
  };
  const areStarred = messages.every(({ starred }) => starred);
  return (
    <div className="selectionBar" role="toolbar" aria-label={select.bar}>
      <IconButton icon="close" label={select.cancel} onClick={onCancel} />
      <span className="selectionBar-count" role="status">
        {select.count(messages.length)}
      </span>
      <IconButton
        icon="copy"
        label={text.copy}
        disabled={!isAny || !rights.some(({ copy }) => copy)}
        onClick={done(() => actions.copy(messages))}
      />
      <IconButton
        icon="star"
        label={areStarred ? text.unstar : text.star}
        disabled={!all('star')}
        onClick={done(() => {
          for (const message of messages) actions.setStarred(message, !areStarred);
        })}
      />
      <IconButton
        icon="forward"
        label={text.forward}
        disabled={!all('forward')}
        onClick={() => actions.show({ kind: 'forward', messages })}
      />
      <IconButton
        icon="trash"
        label={text.delete}
        disabled={!isAny}
        onClick={() => actions.show({ kind: 'delete', messages })}
      />
    </div>
  );
}
