import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import type { MessageView } from '../sotto.ts';
import { words } from '../words.ts';
import { messageLine } from './messageLine.ts';
import { useThreadActions } from './ThreadActions.ts';

/** Above the messages: the latest pin, and the way to all of them. */
export function PinnedBar({ message, count }: { message: MessageView; count: number }) {
  const actions = useThreadActions();
  const { pins } = words.messaging;
  return (
    <section className="pinnedBar" aria-label={pins.bar}>
      <button
        type="button"
        className="pinnedBar-go"
        title={pins.go}
        onClick={() => actions.jump(message.order)}
      >
        <Icon name="pin" />
        <span className="pinnedBar-words">
          <span className="pinnedBar-title">{count > 1 ? pins.many(count) : pins.bar}</span>
          <span className="pinnedBar-text" dir="auto" data-disappears={message.timer !== null || undefined}>
            {messageLine(message)}
          </span>
        </span>
      </button>
      <IconButton icon="list" label={pins.list} onClick={() => actions.show({ kind: 'pins' })} />
    </section>
  );
}
